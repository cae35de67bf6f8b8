//! Network, security groups and roles in the templates.

use crate::template::{NESTED, list, of_type, resources, template, text};
use std::collections::BTreeSet;

#[test]
fn traffic_leaves_the_network_only_through_vpc_endpoints() {
    let network = template("infra/network.yaml");
    for (id, resource) in resources(&network) {
        let kind = text(&resource["Type"]);
        assert!(!kind.contains("NatGateway") && !kind.contains("InternetGateway"), "{id}");
        if kind == "AWS::EC2::Subnet" {
            assert!(resource["Properties"].get("MapPublicIpOnLaunch").is_none(), "{id}");
        }
    }
    let endpoints: BTreeSet<_> = of_type(&network, "AWS::EC2::VPCEndpoint")
        .map(|(id, endpoint)| {
            let properties = &endpoint["Properties"];
            assert!(properties["PolicyDocument"].is_object(), "{id}");
            let service = text(&properties["ServiceName"]).rsplit('.').next().expect("a service");
            let private = properties["PrivateDnsEnabled"] == true;
            (service.to_owned(), text(&properties["VpcEndpointType"]).to_owned(), private)
        })
        .collect();
    let expected = [
        ("dynamodb", "Gateway", false),
        ("events", "Interface", true),
        ("s3", "Gateway", false),
        ("secretsmanager", "Interface", true),
        ("sqs", "Interface", true),
    ];
    assert_eq!(endpoints, expected.map(|(s, t, p)| (s.to_owned(), t.to_owned(), p)).into_iter().collect());
}

/// Actions that support no resources (Service Authorization Reference).
const WITHOUT_RESOURCES: &[&str] = &[
    "cloudwatch:PutMetricData",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "s3:ListAllMyBuckets",
];

#[test]
fn no_security_group_is_open_to_the_world_and_no_role_has_wildcards() {
    for file in NESTED.iter().chain(&["template.yaml", "infra/waf.yaml"]) {
        let template = template(file);
        for (id, resource) in resources(&template).filter(|(id, _)| !id.starts_with("Fn::")) {
            let properties = &resource["Properties"];
            match text(&resource["Type"]) {
                "AWS::EC2::SecurityGroup" => {
                    for rule in list(&properties["SecurityGroupIngress"]) {
                        assert!(rule.get("CidrIp").is_none(), "{file} {id}: {rule}");
                    }
                    assert!(
                        properties.get("SecurityGroupEgress").is_some(),
                        "{file} {id} restricts its egress"
                    );
                }
                "AWS::IAM::Role" => {
                    for statement in list(&properties["Policies"])
                        .iter()
                        .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]))
                    {
                        let actions = list(&statement["Action"]);
                        assert!(actions.iter().all(|action| !text(action).contains('*')), "{file} {id}");
                        let has_resources = actions.iter().any(|it| !WITHOUT_RESOURCES.contains(&text(it)));
                        assert!(!has_resources || statement["Resource"] != "*", "{file} {id}");
                    }
                }
                "AWS::Logs::LogGroup" => {
                    assert!(properties.get("RetentionInDays").is_some(), "{file} {id}");
                }
                _ => {}
            }
        }
    }
}
