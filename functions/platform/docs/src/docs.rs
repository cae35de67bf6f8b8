//! The page, its files, and the document. Nothing is loaded from anywhere else.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use platform_http::{Answer, Call, Handler, Problem};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

/// What a browser is told of the page and its files.
const PAGE_HEADERS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "public, max-age=3600"),
    // Swagger UI styles its elements in place; scripts it has in files only.
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
];

/// What is shown, made once.
pub(crate) struct Docs {
    document: String,
    swagger: Arc<Config<'static>>,
}

impl Docs {
    pub(crate) fn new() -> Self {
        // No validator: it would send the document to a third party.
        let swagger = Config::new(["./openapi.json"])
            .use_base_layout()
            .deep_linking(true)
            .try_it_out_enabled(true)
            .validator_url("none");
        Self { document: orders_openapi::text(), swagger: Arc::new(swagger) }
    }

    /// A file of Swagger UI.
    fn file(&self, name: &str) -> Result<Answer, Problem> {
        // The page itself is ours, and maps are for who develops Swagger UI.
        let is_ours = name == "index.html" || name.rsplit('.').next() == Some("map");
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&self.swagger))
            .map_err(|error| Problem::Internal { cause: error.to_string() })?
            .filter(|_| !is_ours)
            .ok_or(Problem::RouteNotFound)?;
        let content_type = HeaderValue::try_from(&file.content_type)
            .map_err(|error| Problem::Internal { cause: error.to_string() })?;
        Ok(page(Answer::file(content_type, file.bytes.into_owned())))
    }
}

fn page(answer: Answer) -> Answer {
    PAGE_HEADERS
        .into_iter()
        .fold(answer, |answer, (name, value)| answer.with_header(name, HeaderValue::from_static(value)))
}

impl Handler for Docs {
    const ACTION: &'static str = "docs";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        match call.path() {
            "/openapi.json" => {
                let json = HeaderValue::from_static("application/json");
                let answer = Answer::file(json, self.document.clone().into_bytes());
                Ok(answer.with_header(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")))
            }
            "/docs" => {
                let html = HeaderValue::from_static("text/html; charset=utf-8");
                Ok(page(Answer::file(html, include_bytes!("index.html").to_vec())))
            }
            path => self.file(path.rsplit('/').next().unwrap_or_default()),
        }
    }
}
