//! `GET /health`, `/ready` and `/healthz` while every dependency is available.

use crate::apis;
use serde_json::json;

#[tokio::test]
async fn every_dependency_is_healthy() {
    for api in apis().await {
        for path in ["/health", "/ready"] {
            let reply = api.get(path).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.json(), json!({"status": "ok", "mongo": "ok", "dynamodb": "ok"}));
        }
        let reply = api.get("/healthz").await;
        assert_eq!((reply.status, reply.json()), (200, json!({"status": "ok"})));
    }
}
