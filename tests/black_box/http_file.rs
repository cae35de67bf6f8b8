//! docs/orders.http: the title of each request contains the expected status.

use crate::apis;
use http::Method;
use orders_tests::{Reply, fresh_key, repository};
use std::collections::HashMap;

/// A request of the file, with placeholders.
struct Request {
    title: String,
    name: Option<String>,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// Variables and requests of the file.
fn parse(text: &str) -> (HashMap<String, String>, Vec<Request>) {
    let mut sections = text.split("\n### ");
    let variables = sections.next().expect("a head").lines().filter_map(|line| {
        let (name, value) = line.strip_prefix('@')?.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    });
    (variables.collect(), sections.map(parse_request).collect())
}

fn parse_request(section: &str) -> Request {
    let (head, body) = section.split_once("\n\n").unwrap_or((section, ""));
    let mut lines = head.lines();
    let title = lines.next().expect("a title").to_owned();
    let (comments, lines): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with('#'));
    let name = comments.iter().find_map(|line| line.strip_prefix("# @name ")).map(str::to_owned);
    let (method, url) = lines.first().expect("a request line").split_once(' ').expect("method and URL");
    let headers = lines[1..].iter().map(|line| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_owned(), value.to_owned())
    });
    Request {
        title,
        name,
        method: method.parse().expect("a method"),
        url: url.to_owned(),
        headers: headers.collect(),
        body: body.trim().to_owned(),
    }
}

/// Replaces the placeholders by variables and by members of earlier responses.
fn resolve(text: &str, values: &HashMap<String, String>) -> String {
    let mut resolved = text.to_owned();
    for (name, value) in values {
        resolved = resolved.replace(&format!("{{{{{name}}}}}"), value);
    }
    assert!(!resolved.contains("{{"), "{resolved}");
    resolved
}

#[tokio::test]
async fn every_request_of_the_http_file_has_the_status_in_its_title() {
    let text = std::fs::read_to_string(repository().join("docs/orders.http")).expect("the file");
    for api in apis().await {
        let (mut values, requests) = parse(&text);
        assert!(requests.len() > 10, "{}", requests.len());
        values.insert("api".to_owned(), String::new());
        values.insert("key".to_owned(), fresh_key());
        for request in requests {
            let headers: Vec<_> = request
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), resolve(value, &values)))
                .collect();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (url, body) = (resolve(&request.url, &values), resolve(&request.body, &values));
            let reply: Reply = api.send(request.method, &url, &headers, body).await;
            let status =
                request.title.split(": ").nth(1).and_then(|rest| rest.split(',').next()).expect("a status");
            assert_eq!(reply.status.to_string(), status, "{}: {}", request.title, reply.body);
            if let (Some(name), Ok(body)) =
                (request.name, serde_json::from_str::<serde_json::Value>(&reply.body))
            {
                for (member, value) in body.as_object().expect("an object") {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    values.insert(format!("{name}.response.body.{member}"), value);
                }
            }
        }
    }
}
