//! The JWT authorizer of the deployed stack: which tokens pass, and what the trigger puts into them.

use crate::{SCOPES, STACK, closed_api, stack};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use orders_tests::{Emulator, GOOD_ORDER, Reply, eventually, fresh_key, sdk_config};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Returns the parts of a token: header, claims and signature.
fn decoded(token: &str) -> (Value, Value, String) {
    let parts: Vec<_> = token.split('.').collect();
    let json =
        |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON");
    (json(parts[0]), json(parts[1]), parts[2].to_owned())
}

fn claims(token: &str) -> Value {
    decoded(token).1
}

fn encoded(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// Signs with HMAC (RFC 7518, section 3.2).
fn hs256(header: &Value, claims: &Value, key: &[u8]) -> String {
    let unsigned = encoded(header, claims, "");
    let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("any key");
    mac.update(unsigned.trim_end_matches('.').as_bytes());
    unsigned + &URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Returns the response to a request with an `Authorization` header, of the gateway or of the function.
async fn response_to(authorization: &str) -> Reply {
    let headers = [("authorization", authorization)];
    match closed_api().attempt(Method::GET, "/orders", &headers, "").await {
        Ok(reply) | Err(reply) => reply,
    }
}

async fn status_of(token: &str) -> u16 {
    response_to(&format!("Bearer {token}")).await.status
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs()
}

/// Runs Python code with the AWS SDK against the emulator, and returns what it prints.
fn python(emulator: &Emulator, code: &str) -> String {
    let mut command = emulator.command(".venv/bin/python");
    let output = command.args(["-c", &format!("import boto3, json\n{code}")]).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// Returns an output of the shared stack.
fn output(name: &str) -> String {
    let code = format!(
        "stack = boto3.client('cloudformation').describe_stacks(StackName='{STACK}')['Stacks'][0]\n\
         print(next(it['OutputValue'] for it in stack['Outputs'] if it['OutputKey'] == '{name}'))"
    );
    python(stack(), &code)
}

#[tokio::test]
async fn only_a_signed_unexpired_access_token_of_the_pool_for_a_known_client_passes() {
    let token = stack().token(STACK, "acme", SCOPES);
    assert_eq!(status_of(&token).await, 200);
    assert_eq!(response_to(&format!("bearer {token}")).await.status, 200);
    let (header, claims, signature) = decoded(&token);
    let with = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        encoded(&header, &changed, &signature)
    };
    let with_algorithm = |algorithm: &str| {
        let mut changed = header.clone();
        changed["alg"] = algorithm.into();
        changed
    };
    // The keys of the pool are public.
    let keys = format!("{}/{}/.well-known/jwks.json", stack().aws_endpoint_url, output("UserPoolId"));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let keys: Value = client.get(keys).send().await.expect("keys").json().await.expect("JSON");
    let public = keys["keys"][0]["n"].as_str().expect("a modulus").as_bytes().to_vec();

    let refused = [
        ("unsigned", encoded(&header, &claims, "")),
        ("alg none", encoded(&with_algorithm("none"), &claims, "")),
        ("alg none with the signature", encoded(&with_algorithm("none"), &claims, &signature)),
        ("HS256 with the public key", hs256(&with_algorithm("HS256"), &claims, &public)),
        ("HS256 with an empty key", hs256(&with_algorithm("HS256"), &claims, b"")),
        ("another tenant", with("tenant", json!("other"))),
        ("another scope", with("scope", json!("orders/orders:write"))),
        ("another audience", with("client_id", json!("someone-else"))),
        ("a later expiry", with("exp", json!(now_s() + 1_000_000))),
        ("another issuer", with("iss", json!("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other"))),
        ("two parts", token.rsplit_once('.').expect("a signature").0.to_owned()),
        ("no token", String::new()),
        ("garbage", "garbage".to_owned()),
        ("a tail", format!("{token}.{signature}")),
    ];
    for (name, token) in refused {
        let reply = response_to(&format!("Bearer {token}")).await;
        assert_eq!((reply.status, reply.header("x-request-id")), (401, None), "{name}: {}", reply.body);
    }
    for header in [format!("Basic {token}"), format!("Bearer: {token}"), String::new()] {
        assert_eq!(response_to(&header).await.status, 401, "{header:.20}");
    }
    let without = closed_api().attempt(Method::GET, "/orders", &[], "").await.expect_err("no token");
    assert_eq!(without.status, 401);
}

#[tokio::test]
async fn tokens_of_another_pool_and_of_an_unknown_client_are_refused() {
    // Another pool of the same account, whose tokens are valid there.
    let foreign = python(
        stack(),
        "cognito = boto3.client('cognito-idp')\n\
         pool = cognito.create_user_pool(PoolName='foreign')['UserPool']['Id']\n\
         client = cognito.create_user_pool_client(UserPoolId=pool, ClientName='c', \
           ExplicitAuthFlows=['ALLOW_ADMIN_USER_PASSWORD_AUTH'], AccessTokenValidity=5, \
           TokenValidityUnits={'AccessToken': 'minutes'})['UserPoolClient']['ClientId']\n\
         cognito.admin_create_user(UserPoolId=pool, Username='mallory', MessageAction='SUPPRESS')\n\
         cognito.admin_set_user_password(UserPoolId=pool, Username='mallory', Password='Aa1!aaaaaaaa', Permanent=True)\n\
         login = cognito.admin_initiate_auth(UserPoolId=pool, ClientId=client, AuthFlow='ADMIN_USER_PASSWORD_AUTH', \
           AuthParameters={'USERNAME': 'mallory', 'PASSWORD': 'Aa1!aaaaaaaa'})\n\
         print(login['AuthenticationResult']['AccessToken'])",
    );
    assert_eq!(status_of(&foreign).await, 401, "of another pool");

    // A client of this pool that nobody has added to the audiences.
    let unknown = python(
        stack(),
        &format!(
            "import base64, urllib.request\n\
             pool = '{}'\n\
             client = boto3.client('cognito-idp').create_user_pool_client(UserPoolId=pool, ClientName='unknown', \
               GenerateSecret=True, AllowedOAuthFlows=['client_credentials'], AllowedOAuthFlowsUserPoolClient=True, \
               AllowedOAuthScopes=['orders/orders:read'])['UserPoolClient']\n\
             login = base64.b64encode(f\"{{client['ClientId']}}:{{client['ClientSecret'].replace('+', '%2B')}}\".encode())\n\
             request = urllib.request.Request('{}/oauth2/token', data=b'grant_type=client_credentials', \
               headers={{'Authorization': 'Basic ' + login.decode(), 'Content-Type': 'application/x-www-form-urlencoded'}})\n\
             print(json.load(urllib.request.urlopen(request))['access_token'])",
            output("UserPoolId"),
            stack().aws_endpoint_url,
        ),
    );
    assert_eq!(claims(&unknown).get("tenant"), None, "without an item, the token has no tenant");
    assert_eq!(claims(&unknown)["scope"], "", "and no scope");
    assert_eq!(status_of(&unknown).await, 401, "a client that is no audience");
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let tenant = fresh_key();
    let _ = stack().token(STACK, &tenant, "orders:read");
    // The same client, whose tokens now end after 15 seconds.
    python(
        stack(),
        &format!(
            "cognito, pool = boto3.client('cognito-idp'), '{}'\n\
             clients = cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)['UserPoolClients']\n\
             client = next(it for it in clients if it['ClientName'].startswith('token-{tenant}-'))\n\
             cognito.update_user_pool_client(UserPoolId=pool, ClientId=client['ClientId'], \
               ClientName=client['ClientName'], AllowedOAuthFlows=['client_credentials'], \
               AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthScopes=['orders/orders:read'], \
               AccessTokenValidity=15, TokenValidityUnits={{'AccessToken': 'seconds'}})\nprint()",
            output("UserPoolId")
        ),
    );
    let token = stack().token(STACK, &tenant, "orders:read");
    let lifetime =
        claims(&token)["exp"].as_u64().expect("seconds") - claims(&token)["iat"].as_u64().expect("seconds");
    assert_eq!(lifetime, 15);
    assert_eq!(status_of(&token).await, 200, "before its end");
    eventually("a refusal", async || (status_of(&token).await == 401).then_some(())).await;
    assert!(now_s() >= claims(&token)["exp"].as_u64().expect("seconds"));
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let name = format!("person-{}", fresh_key());
    let _ = stack().token_of(STACK, &name, "acme", SCOPES);
    let id_token = python(
        stack(),
        &format!(
            "cognito, pool = boto3.client('cognito-idp'), '{}'\n\
             cognito.admin_set_user_password(UserPoolId=pool, Username='{name}', Password='Aa1aaaaaaaaaa', Permanent=True)\n\
             login = cognito.admin_initiate_auth(UserPoolId=pool, ClientId='{}', AuthFlow='ADMIN_USER_PASSWORD_AUTH', \
               AuthParameters={{'USERNAME': '{name}', 'PASSWORD': 'Aa1aaaaaaaaaa'}})\n\
             print(login['AuthenticationResult']['IdToken'])",
            output("UserPoolId"),
            output("PeopleClientId"),
        ),
    );
    assert_eq!(claims(&id_token)["token_use"], "id");
    // It is signed, unexpired and for a known audience, and has no scope.
    assert_eq!(status_of(&id_token).await, 403);
}

#[tokio::test]
async fn a_token_has_exactly_the_scopes_of_the_identity_at_the_time_of_its_signature() {
    let name = format!("person-{}", fresh_key());
    let scopes = |token: &str| {
        let claims = claims(token);
        let mut scopes: Vec<_> =
            claims["scope"].as_str().expect("scopes").split(' ').map(str::to_owned).collect();
        scopes.sort();
        (claims["tenant"].clone(), scopes.join(" "))
    };
    let first = stack().token_of(STACK, &name, "acme", "orders:read orders:own");
    assert_eq!(scopes(&first), (json!("acme"), "orders/orders:own orders/orders:read".to_owned()));
    let second = stack().token_of(STACK, &name, "other", "orders:read");
    assert_eq!(scopes(&second), (json!("other"), "orders/orders:read".to_owned()));
    assert_eq!((status_of(&first).await, status_of(&second).await), (200, 200));
    // A person of the pool that belongs to no tenant.
    let client = Client::new(&sdk_config(&stack().aws_endpoint_url));
    let subject = claims(&second)["sub"].as_str().expect("a subject").to_owned();
    let delete = client.delete_item().table_name(output("IdentitiesTableName"));
    delete.key("id", AttributeValue::S(subject.clone())).send().await.expect("a deletion");
    let login = format!(
        "cognito, pool = boto3.client('cognito-idp'), '{}'\n\
         cognito.admin_set_user_password(UserPoolId=pool, Username='{name}', Password='Aa1aaaaaaaaaa', Permanent=True)\n\
         login = cognito.admin_initiate_auth(UserPoolId=pool, ClientId='{}', AuthFlow='ADMIN_USER_PASSWORD_AUTH', \
           AuthParameters={{'USERNAME': '{name}', 'PASSWORD': 'Aa1aaaaaaaaaa'}})\n\
         print(login['AuthenticationResult']['AccessToken'])",
        output("UserPoolId"),
        output("PeopleClientId"),
    );
    let third = python(stack(), &login);
    assert_eq!((claims(&third).get("tenant"), &claims(&third)["scope"]), (None, &json!("")));
    assert_eq!(status_of(&third).await, 403, "without a scope");
    // An item that can't be read: the trigger fails, and Cognito signs no token.
    let put = client.put_item().table_name(output("IdentitiesTableName"));
    let put =
        put.item("id", AttributeValue::S(subject)).item("tenant", AttributeValue::S("NOT VALID".into()));
    put.send().await.expect("an item");
    let mut command = stack().command(".venv/bin/python");
    let failed = command.args(["-c", &format!("import boto3\n{login}")]).output().expect("Python runs");
    assert!(!failed.status.success(), "{}", String::from_utf8_lossy(&failed.stdout));
}

#[tokio::test]
async fn machines_are_created_changed_and_removed() {
    let identities = |arguments: &[&str]| stack().identities(STACK, arguments);
    let created = identities(&["client", "--tenant", "acme", "--scopes", "orders:read"]).expect("a client");
    let value = |name: &str| {
        let line = created.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.trim().to_owned()
    };
    let (id, secret) = (value("id"), value("secret"));
    let token = || async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.post(format!("{}/oauth2/token", stack().aws_endpoint_url));
        let login = base64::engine::general_purpose::STANDARD.encode(format!(
            "{id}:{}",
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()
        ));
        let request = request
            .header("authorization", format!("Basic {login}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let reply: Value = request.send().await.expect("a response").json().await.expect("JSON");
        reply["access_token"].as_str().expect("a token").to_owned()
    };
    let first = token().await;
    assert_eq!((&claims(&first)["scope"], status_of(&first).await), (&json!("orders/orders:read"), 200));
    let changed = identities(&["client", "--id", &id, "--tenant", "acme", "--scopes", "orders:write"]);
    assert!(changed.expect("a change").contains(&id));
    let second = token().await;
    assert_eq!((&claims(&second)["scope"], status_of(&second).await), (&json!("orders/orders:write"), 403));
    identities(&["remove-client", "--id", &id]).expect("a removal");
    assert_eq!(status_of(&first).await, 401, "an audience no more");
    for (arguments, expected) in [
        (
            &["client", "--tenant", "ACME", "--scopes", "orders:read"][..],
            "TENANT must have 1 to 64 characters",
        ),
        (&["client", "--tenant", "acme"], "SCOPES is missing: one or more of audit:read"),
        (&["client", "--tenant", "acme", "--scopes", "orders:reed"], "unknown scope 'orders:reed': one of"),
        (
            &["client", "--tenant", "acme", "--scopes", "orders:read", "--id", "x"],
            "unknown client 'x': one of",
        ),
        (&["remove-client", "--id", &id], "unknown client"),
        (&["user", "--tenant", "acme", "--scopes", "orders:read", "--name", "a b"], "the name must have"),
        (&["user", "--tenant", "", "--scopes", "orders:read", "--name", "ab"], "TENANT must have"),
    ] {
        let error = identities(arguments).expect_err(expected);
        assert!(error.contains(expected) && error.lines().count() == 1, "{error}");
    }
    let error = stack().identities("orders-none", &["token"]).expect_err("no stack");
    assert_eq!(error, "token: no stack orders-none: deploy it first");
}

#[tokio::test]
async fn a_person_logs_in_by_name_and_password() {
    let api = closed_api();
    let name = format!("person-{}", fresh_key());
    let log_in = async |username: &str, password: &str| {
        let body = json!({ "username": username, "password": password }).to_string();
        api.send(Method::POST, "/login", &[("content-type", "application/json")], body).await
    };
    let arguments = ["user", "--name", &name, "--tenant", "acme", "--scopes", "orders:own orders:price"];
    let created = stack().identities(STACK, &arguments).expect("a person");
    let password = created.lines().find_map(|line| line.strip_prefix("password ")).expect("a password");
    let password = password.split(' ').next().expect("a word").to_owned();
    let _ = log_in(&name, &password).await.problem(403, "login-step-required");
    python(
        stack(),
        &format!(
            "boto3.client('cognito-idp').admin_set_user_password(UserPoolId='{}', Username='{name}', \
             Password='Aa1aaaaaaaaaa', Permanent=True)\nprint()",
            output("UserPoolId")
        ),
    );
    let reply = log_in(&name.to_uppercase(), "Aa1aaaaaaaaaa").await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{}", reply.body);
    let tokens = reply.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    assert!(tokens["refresh_token"].as_str().is_some_and(|token| !token.is_empty()));
    let token = tokens["access_token"].as_str().expect("a token");
    let subject = claims(token)["sub"].clone();
    let buyer = api.clone().with_token(token);
    let mut order = GOOD_ORDER.clone();
    order["customer_id"] = subject;
    let placed = buyer.create(&fresh_key(), &order).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    assert_eq!(buyer.get("/orders").await.json()["items"], json!([placed.json()]));

    let unknown = log_in(&format!("nobody-{}", fresh_key()), "x").await;
    let wrong = log_in(&name, "wrong").await;
    let without_trace = |reply: &Reply| {
        let mut body = reply.problem(401, "invalid-credentials");
        body["trace_id"] = Value::Null;
        body
    };
    assert_eq!(without_trace(&unknown), without_trace(&wrong));
    let megabyte = json!({ "username": "alice", "password": "x".repeat(1_000_000) }).to_string();
    let headers = [("content-type", "application/json")];
    let _ = api.send(Method::POST, "/login", &headers, megabyte).await.problem(413, "body-too-large");
    // The sixth attempt for a name within a minute, also with the right password.
    let limited = eventually("a limit", async || {
        let reply = log_in(&name, "Aa1aaaaaaaaaa").await;
        (reply.status == 429).then_some(reply)
    })
    .await;
    let _ = limited.problem(429, "rate-limited");
    let wait: u64 = limited.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!(Duration::from_secs(wait) <= Duration::from_secs(12), "{wait}");
}
