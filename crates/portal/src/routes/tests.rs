//! The API as a whole: described, closed to strangers, its admin part closed to operators.

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, Request};
use serde_json::Value;

use crate::staff::{self, Role};
use crate::test::Office;
use crate::{channels, client, company, crm, customers, dialogs, files, lines, live, search};

/// Endpoints that need no login, besides signed links and the hub's.
const OPEN: [&str; 6] = [
    "GET /api/setup",
    "POST /api/setup",
    "POST /api/login",
    "POST /api/login/link",
    "POST /api/invitations/look",
    "POST /api/invitations/accept",
];

/// Endpoints that an operator may not use.
const ADMIN: [&str; 17] = [
    "PATCH /api/company",
    "POST /api/me/checklist",
    "PATCH /api/operators/{id}",
    "GET /api/invitations",
    "POST /api/invitations",
    "DELETE /api/invitations/{id}",
    "POST /api/lines",
    "PATCH /api/lines/{id}",
    "DELETE /api/lines/{id}",
    "POST /api/connections",
    "POST /api/connections/check",
    "POST /api/connections/{id}/check",
    "POST /api/connections/{id}/reconnect",
    "PATCH /api/connections/{id}",
    "DELETE /api/connections/{id}",
    "GET /api/hub/parked",
    "POST /api/hub/parked/{id}/retry",
];

fn description() -> Value {
    serde_json::from_str(&super::openapi()).unwrap()
}

/// All endpoints: name, method, path with numbers in place of names.
fn endpoints() -> Vec<(String, Method, String)> {
    let all = description();
    let mut list = Vec::new();
    for (path, item) in all["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let mut filled = path.clone();
            while let Some((start, rest)) = filled.clone().split_once('{') {
                filled = format!("{start}999999{}", rest.split_once('}').unwrap().1);
            }
            list.push((format!("{method} {path}"), method, filled));
        }
    }
    list
}

#[tokio::test]
async fn strangers_are_refused_everywhere_but_at_the_door() {
    let office = Office::new().await;
    let stranger = office.stranger();
    for (name, method, path) in endpoints() {
        let request = Request::builder().method(method).uri(&path).header("content-type", "application/json");
        let answer = stranger.send(request, "{}".into()).await;
        let is_login_needed = answer.problem().1 == "login_needed";
        assert_eq!(is_login_needed, !OPEN.contains(&name.as_str()), "{name}: {}", answer.status);
    }
}

#[tokio::test]
async fn what_is_an_admins_is_refused_to_operators_whatever_they_send() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    let mut refused = BTreeSet::new();
    for (name, method, path) in endpoints() {
        // A sign-out would end the test, not the endpoint.
        if OPEN.contains(&name.as_str()) || name == "POST /api/logout" {
            continue;
        }
        let request = Request::builder().method(method).uri(&path).header("content-type", "application/json");
        let answer = anna.send(request, "{}".into()).await;
        assert!(answer.status != 500, "{name}: {} {:?}", answer.status, answer.json());
        if answer.status == 403 {
            refused.insert(name);
        }
    }
    let expected: BTreeSet<String> = ADMIN.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(refused, expected);
}

#[test]
fn the_description_is_whole() {
    let all = description();
    let text = all.to_string();
    let schemas = all["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is used and not described");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in all["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} says nothing of itself");
            assert!(operation["tags"].is_array(), "{method} {path} has no tag");
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(ids.insert(id.clone()), "two operations are called {id}");
        }
    }
    assert_eq!(all["paths"]["/api/live"]["get"]["parameters"][0]["name"], "since");
    for name in ["ServerFrame", "ClientFrame", "Dialog", "Message", "Operator", "Connection", "ProblemBody"] {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[test]
fn no_two_shapes_share_a_name() {
    // Merging would silently keep one of them.
    let domains = [
        company::routes().merge(company::open_routes()),
        staff::routes().merge(staff::open_routes()),
        channels::routes(),
        files::routes(),
        lines::routes(),
        dialogs::routes(),
        customers::routes(),
        crm::routes(),
        search::routes(),
        client::routes(),
        live::routes(),
    ];
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    for domain in domains {
        let described = serde_json::to_value(domain.into_openapi()).unwrap();
        for (name, shape) in described["components"]["schemas"].as_object().into_iter().flatten() {
            if let Some(other) = seen.insert(name.clone(), shape.clone()) {
                assert_eq!(other, *shape, "{name}");
            }
        }
    }
}
