//! Origin of requests: with CloudFront in front of the API, a request that does not come through it would bypass
//! the web ACL. CloudFront adds a secret header to each request (Amazon CloudFront developer guide, "Add custom
//! headers to origin requests").

use crate::secrets::SecretVersions;
use crate::{Problem, Request, Response};
use futures::future::{BoxFuture, Either};
use http::HeaderName;
use platform_settings::{SecretSource, SecretStage};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use subtle::ConstantTimeEq as _;
use tower::{Layer, Service};
use tracing::Span;

/// Header with the secret of the origin.
const X_ORIGIN_SECRET: HeaderName = HeaderName::from_static("x-origin-secret");
/// Header with the address of the viewer, which CloudFront sets.
const X_VIEWER_ADDRESS: HeaderName = HeaderName::from_static("x-viewer-address");

/// Time for which the versions that were read are accepted. After a rotation, the old one is rejected from then on.
const LIFETIME: Duration = Duration::from_mins(5);

/// Secret that proves that a request came through CloudFront. Accepts the current and the pending version, so that
/// the secret can be rotated without rejecting a request.
pub struct OriginSecret(SecretVersions);

impl OriginSecret {
    /// Creates the check for the secret with this ARN. Reads it with the first request.
    #[must_use]
    pub fn new(arn: String, secrets: impl SecretSource + 'static) -> Self {
        Self(SecretVersions::new(arn, &[SecretStage::Current, SecretStage::Pending], secrets))
    }

    async fn check(&self, request: &Request) -> Result<(), Problem> {
        let sent = request.header(&X_ORIGIN_SECRET).ok_or_else(Problem::not_through_cloudfront)?.as_bytes();
        if !self.accepts(sent, LIFETIME) {
            let read = self.0.read().await;
            // While the secret can't be read, the versions that were read before stay valid.
            if !self.accepts(sent, Duration::MAX) {
                read?;
                return Err(Problem::not_through_cloudfront());
            }
        }
        // A caller can't choose this header, because CloudFront replaces it.
        if let Some(address) = request.header(&X_VIEWER_ADDRESS).and_then(|value| value.to_str().ok()) {
            Span::current().record("viewer_address", address);
            request.set_viewer_address(address);
        }
        Ok(())
    }

    /// Returns `true` for a version of the secret that was read within the last `lifetime`.
    fn accepts(&self, sent: &[u8], lifetime: Duration) -> bool {
        let versions = self.0.known(lifetime).unwrap_or_default();
        versions.iter().any(|secret| secret.expose().as_bytes().ct_eq(sent).into())
    }
}

/// Layer that rejects requests that did not come through CloudFront. Without a secret it lets all pass.
#[derive(Clone)]
pub struct OriginLayer(Option<Arc<OriginSecret>>);

impl OriginLayer {
    /// Creates a layer; `None` for an API without CloudFront.
    #[must_use]
    pub fn new(secret: Option<OriginSecret>) -> Self {
        Self(secret.map(Arc::new))
    }
}

impl<S> Layer<S> for OriginLayer {
    type Service = OriginService<S>;

    fn layer(&self, inner: S) -> OriginService<S> {
        OriginService { inner, secret: self.0.clone() }
    }
}

/// Service of [`OriginLayer`].
#[derive(Clone)]
pub struct OriginService<S> {
    inner: S,
    secret: Option<Arc<OriginSecret>>,
}

impl<S> Service<Arc<Request>> for OriginService<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Problem> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Problem;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Problem>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Arc<Request>) -> Self::Future {
        let Some(secret) = self.secret.clone() else {
            return Either::Left(self.inner.call(request));
        };
        let mut inner = self.inner.clone();
        Either::Right(Box::pin(async move {
            secret.check(&request).await?;
            inner.call(request).await
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{FAILURE_INTERVAL, READ_INTERVAL};
    use http::StatusCode;
    use platform_settings::{Secret, SecretFuture};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::{ServiceExt as _, service_fn};

    /// Current and pending version of a secret, and the number of reads; a read fails without a current version.
    #[derive(Clone, Default)]
    struct Versions(Arc<std::sync::Mutex<[Option<&'static str>; 2]>>, Arc<AtomicUsize>);

    impl Versions {
        fn set(&self, current: Option<&'static str>, pending: Option<&'static str>) {
            *self.0.lock().expect("a lock") = [current, pending];
        }
    }

    impl SecretSource for Versions {
        fn read<'a>(&'a self, _: &'a str, stage: SecretStage) -> SecretFuture<'a> {
            self.1.fetch_add(1, Ordering::SeqCst);
            let [current, pending] = *self.0.lock().expect("a lock");
            let text = if stage == SecretStage::Current { current } else { pending };
            let missing = stage == SecretStage::Current && text.is_none();
            Box::pin(async move {
                if missing { Err("down".into()) } else { Ok(text.map(|text| Secret::new(text.to_owned()))) }
            })
        }
    }

    /// Returns the status of a request with this secret, `0` for a response of the inner service.
    async fn status(layer: &OriginLayer, sent: Option<&str>) -> u16 {
        let mut request = http::Request::builder();
        if let Some(sent) = sent {
            request = request.header(X_ORIGIN_SECRET, sent);
        }
        let request = request.body(lambda_http::Body::Empty).expect("a request");
        let inner = service_fn(|_| async { Ok(Response::json(StatusCode::OK, String::new())) });
        match layer.layer(inner).oneshot(Arc::new(Request::new(request))).await {
            Ok(_) => 0,
            Err(problem) => problem.kind().status.as_u16(),
        }
    }

    fn layer(versions: &Versions) -> OriginLayer {
        OriginLayer::new(Some(OriginSecret::new("arn".to_owned(), versions.clone())))
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_versions_of_the_secret_are_accepted_while_it_rotates() {
        let versions = Versions::default();
        let layer = layer(&versions);
        assert_eq!(status(&layer, None).await, 403);
        assert_eq!(versions.1.load(Ordering::SeqCst), 0, "a request without the header causes no read");
        versions.set(Some("old"), None);
        assert_eq!(status(&layer, Some("old")).await, 0);
        for wrong in ["", "ol", "older", "OLD"] {
            assert_eq!(status(&layer, Some(wrong)).await, 403, "{wrong:?}");
        }
        let reads = versions.1.load(Ordering::SeqCst);
        versions.set(Some("old"), Some("new"));
        assert_eq!(status(&layer, Some("new")).await, 403, "read a moment ago");
        assert_eq!(versions.1.load(Ordering::SeqCst), reads);
        tokio::time::advance(READ_INTERVAL).await;
        assert_eq!(status(&layer, Some("new")).await, 0, "pending");
        assert_eq!(status(&layer, Some("old")).await, 0, "current");
        versions.set(Some("new"), None);
        assert_eq!(status(&layer, Some("old")).await, 0, "read a moment ago");
        tokio::time::advance(LIFETIME).await;
        assert_eq!(status(&layer, Some("old")).await, 403, "no longer a version");
        assert_eq!(status(&layer, Some("new")).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_secret_can_not_be_read_known_versions_stay_valid() {
        let versions = Versions::default();
        let layer = layer(&versions);
        assert_eq!(status(&layer, Some("old")).await, 503, "nothing was read yet");
        versions.set(Some("old"), None);
        assert_eq!(status(&layer, Some("old")).await, 503, "a failure is not repeated for each request");
        tokio::time::advance(FAILURE_INTERVAL).await;
        assert_eq!(status(&layer, Some("old")).await, 0);
        versions.set(None, None);
        tokio::time::advance(LIFETIME).await;
        assert_eq!(status(&layer, Some("old")).await, 0);
        let reads = versions.1.load(Ordering::SeqCst);
        assert_eq!(status(&layer, Some("wrong")).await, 503);
        assert_eq!(versions.1.load(Ordering::SeqCst), reads, "a failure is not repeated for each request");
        tokio::time::advance(READ_INTERVAL).await;
        assert_eq!(status(&layer, Some("wrong")).await, 503);
    }

    #[tokio::test]
    async fn without_a_secret_every_request_passes() {
        assert_eq!(status(&OriginLayer::new(None), None).await, 0);
    }
}
