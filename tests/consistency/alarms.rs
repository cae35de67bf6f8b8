//! Alarms: every one describes its meaning, notifies the alarm topic, and links to a runbook.

use crate::template::{NESTED, all_functions, list, resources, template, text};
use orders_tests::repository;
use serde_json::Value;
use std::collections::BTreeSet;

/// Returns id and definition of every alarm. That of a loop stands for one alarm of each item.
fn alarms() -> Vec<(String, Value)> {
    let is_alarm = |resource: &Value| resource["Type"] == "AWS::CloudWatch::Alarm";
    let mut alarms = Vec::new();
    for template in NESTED.iter().map(|file| template(file)) {
        for (id, resource) in resources(&template) {
            let of_loop = || resource[2].as_object().expect("resources").clone();
            let candidates = if id.starts_with("Fn::ForEach::") {
                of_loop().into_iter().collect()
            } else {
                vec![(id.to_owned(), resource.clone())]
            };
            alarms.extend(candidates.into_iter().filter(|(_, resource)| is_alarm(resource)));
        }
    }
    alarms
}

/// Returns the anchors that GitHub generates from the headings of the runbooks.
fn anchors() -> BTreeSet<String> {
    let text = std::fs::read_to_string(repository().join("docs/runbooks.md")).expect("the runbooks");
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-")).collect()
}

#[test]
fn every_alarm_links_to_its_runbook_and_notifies_the_alarm_topic() {
    let anchors = anchors();
    let mut linked = BTreeSet::new();
    for (id, alarm) in alarms() {
        let properties = &alarm["Properties"];
        assert!(text(&properties["AlarmName"]).starts_with("${Name}-"), "{id}");
        let description = text(&properties["AlarmDescription"]);
        let (meaning, link) = description.trim_end().split_once("Runbook: ${RunbooksUrl}#").expect("a link");
        assert!(meaning.trim().ends_with('.') && meaning.len() > 30, "{id}: {meaning}");
        assert!(anchors.contains(link), "{id}: the runbooks have no section {link}");
        linked.insert(link.to_owned());
        assert!(properties["AlarmActions"].to_string().contains("AlarmTopicArn"), "{id}");
        assert!(properties.get("TreatMissingData").is_some(), "{id} defines the treatment of missing data");
    }
    assert!(linked.len() >= 17, "{linked:?}");
}

#[test]
fn each_function_has_its_own_alarms_and_log_group() {
    let per_function = template("infra/per-function.yaml");
    let functions: BTreeSet<_> = all_functions().into_iter().map(|function| function.binary).collect();
    let (_, loops) =
        resources(&per_function).find(|(id, _)| id.starts_with("Fn::ForEach::")).expect("a loop");
    let named: BTreeSet<_> = list(&loops[1]).into_iter().map(|name| text(name).to_owned()).collect();
    assert_eq!(named, functions);
    let body = loops[2].as_object().expect("resources");
    let group = body.values().find(|it| it["Type"] == "AWS::Logs::LogGroup").expect("a log group");
    assert_eq!(group["Properties"]["LogGroupName"], "/aws/lambda/${Name}-${Function}");
    assert_eq!(group["Properties"]["RetentionInDays"], "LogRetentionDays");
    assert_eq!(body.len(), 3, "errors, throttles and log group");
}
