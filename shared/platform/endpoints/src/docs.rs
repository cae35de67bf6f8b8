//! `GET /docs`: page to explore and try the API. `GET /openapi.json`: the document behind it, for generators of
//! clients. Nothing is loaded from another site.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Access, Anyone, Handler, Problem, ProblemType, Request, Response, Route};
use std::sync::Arc;
use utoipa_swagger_ui::Config;

const fn route(path: &'static str, describe: fn() -> Operation) -> Route {
    let (methods, problems) = (&["GET", "HEAD"], &[ProblemType::OF_ANY_ROUTE]);
    Route { methods, path, function: "docs", access: Access::Public, problems, describe }
}

/// Route of the page.
pub(crate) const PAGE: Route = route("/docs", || file("getDocs", "This page", "text/html"));
/// Route of the files of the page.
pub(crate) const FILE: Route = Route {
    problems: &[ProblemType::OF_ANY_ROUTE, &[ProblemType::ROUTE_NOT_FOUND]],
    ..route("/docs/{file}", || Operation {
        parameters: &["File"],
        ..file("getDocsFile", "A file of the page", "*/*")
    })
};
/// Route of the document.
pub(crate) const DOCUMENT: Route =
    route("/openapi.json", || file("getOpenApi", "This document", "application/json"));

/// Headers of the page and its files.
const PAGE_HEADERS: [(HeaderName, &str); 6] = [
    (CACHE_CONTROL, "public, max-age=3600"),
    // Swagger UI has inline styles; its scripts are files.
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

/// Page and document.
pub struct Docs {
    document: String,
    swagger: Arc<Config<'static>>,
}

impl Docs {
    /// Serves an OpenAPI document as JSON text, and a page for it.
    #[must_use]
    pub fn new(document: String) -> Self {
        // Disables the validator, which would send the document to a third party.
        let swagger = Config::new(["./openapi.json"])
            .use_base_layout()
            .deep_linking(true)
            .try_it_out_enabled(true)
            .validator_url("none");
        Self { document, swagger: Arc::new(swagger) }
    }

    /// Returns a file of Swagger UI.
    fn file(&self, name: &str) -> Result<Response, Problem> {
        // The function has its own page, and source maps are for the developers of Swagger UI.
        let is_excluded = name == "index.html" || name.rsplit('.').next() == Some("map");
        let file = utoipa_swagger_ui::serve(name, Arc::clone(&self.swagger))
            .map_err(|error| Problem::internal(error.to_string()))?
            .filter(|_| !is_excluded)
            .ok_or_else(Problem::route_not_found)?;
        let content_type = HeaderValue::try_from(&file.content_type)
            .map_err(|error| Problem::internal(error.to_string()))?;
        Ok(with_page_headers(Response::file(content_type, file.bytes.into_owned())))
    }
}

fn with_page_headers(response: Response) -> Response {
    PAGE_HEADERS
        .into_iter()
        .fold(response, |response, (name, value)| response.with_header(name, HeaderValue::from_static(value)))
}

impl Handler for Docs {
    const ACTION: &'static str = "docs";

    type Caller = Anyone;

    fn routes(&self) -> &'static [Route] {
        crate::ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, _: Anyone) -> Result<Response, Problem> {
        match request.path() {
            "/openapi.json" => {
                let json = HeaderValue::from_static("application/json");
                let response = Response::file(json, self.document.clone().into_bytes());
                Ok(response.with_header(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")))
            }
            "/docs" => {
                let html = HeaderValue::from_static("text/html; charset=utf-8");
                Ok(with_page_headers(Response::file(html, include_bytes!("index.html").to_vec())))
            }
            path => self.file(&FILE.parameter(path).unwrap_or_default()),
        }
    }
}

fn file(id: &'static str, summary: &'static str, media_type: &'static str) -> Operation {
    Operation {
        id,
        tag: "Docs",
        summary,
        responses: vec![Success {
            status: "200",
            description: summary,
            headers: &["Cache-Control", "X-Request-Id"],
            content: Content::File(media_type),
        }],
        ..Operation::default()
    }
}
