//! Operations: parameters, bodies and responses of a route.

use super::components::header_references;
use super::problems;
use super::schema::reference;
use crate::{Access, ProblemType};
use serde_json::{Map, Value, json};

/// Name of the security scheme of the protected routes.
pub(super) const SECURITY_SCHEME: &str = "AccessToken";

/// Description of a route.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// Unique name, from which generators make the name of a method.
    pub id: &'static str,
    /// Tag, by which pages group operations.
    pub tag: &'static str,
    /// Summary in a line.
    pub summary: &'static str,
    /// Details beyond the summary; may be empty.
    pub description: &'static str,
    /// Names of the parameters among the components.
    pub parameters: &'static [&'static str],
    /// Body of the request.
    pub body: Option<RequestBody>,
    /// Responses other than problems.
    pub responses: Vec<Success>,
}

/// Body of a request, in JSON.
#[derive(Clone, Debug)]
pub struct RequestBody {
    /// Name of its schema among the components.
    pub schema: &'static str,
    /// Example.
    pub example: Value,
}

/// Response other than a problem.
#[derive(Clone, Debug)]
pub struct Success {
    /// Status code.
    pub status: &'static str,
    /// Meaning of the response.
    pub description: &'static str,
    /// Names of the headers.
    pub headers: &'static [&'static str],
    /// Body of the response.
    pub content: Content,
}

/// Body of a response.
#[derive(Clone, Debug)]
pub enum Content {
    /// No body.
    Empty,
    /// JSON with a schema among the components.
    Json {
        /// Name of the schema.
        schema: &'static str,
        /// Example.
        example: Value,
    },
    /// File of a media type.
    File(&'static str),
}

impl Operation {
    pub(super) fn to_json(&self, access: Access, kinds: &[ProblemType]) -> Value {
        let mut responses = problems::responses_of(kinds);
        responses
            .extend(self.responses.iter().map(|response| (response.status.to_owned(), response.to_json())));
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "responses": responses,
        });
        // Each requirement alone is enough (OpenAPI 3.1.1, section 4.8.30).
        operation["security"] =
            access.scopes().iter().map(|scope| json!({ SECURITY_SCHEME: [scope.name()] })).collect();
        if !self.description.is_empty() {
            operation["description"] = self.description.into();
        }
        if !self.parameters.is_empty() {
            let parameters = self.parameters.iter();
            operation["parameters"] =
                parameters.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect();
        }
        if let Some(RequestBody { schema, example }) = &self.body {
            let content = json!({ "schema": reference(schema), "example": example });
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/json": content } });
        }
        operation
    }
}

impl Success {
    fn to_json(&self) -> Value {
        let mut response =
            json!({ "description": self.description, "headers": header_references(self.headers) });
        let content = match &self.content {
            Content::Empty => return response,
            Content::Json { schema, example } => {
                json!({ "application/json": { "schema": reference(schema), "example": example } })
            }
            Content::File(media_type) => {
                Value::Object(Map::from_iter([((*media_type).to_owned(), json!({}))]))
            }
        };
        response["content"] = content;
        response
    }
}

/// Derives the operation of HEAD from that of GET: no response has a body (RFC 9110, section 9.3.2).
pub(super) fn head(get: &Value) -> Value {
    let mut head = get.clone();
    let id = get["operationId"].as_str().unwrap_or_default();
    head["operationId"] = format!("head{}", id.trim_start_matches("get").trim_start_matches("list")).into();
    head["summary"] = "Headers of GET, without the body".into();
    for response in head["responses"].as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        // Inlines a shared response, to remove its body below.
        if let Some(code) = response["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            *response = problems::responses()[code].clone();
        }
        if let Some(response) = response.as_object_mut() {
            response.remove("content");
        }
    }
    head
}
