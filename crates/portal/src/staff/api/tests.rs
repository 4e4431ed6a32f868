//! Sign-in, roles and invitations as a browser meets them.

use std::time::Duration;

use http::Request;
use serde_json::json;

use crate::staff::{Role, people};
use crate::test::{Browser, Office};

const PASSWORD: &str = "correct horse battery";

async fn with_password(office: &Office, name: &str) -> crate::OperatorId {
    let password = PASSWORD.to_owned().into();
    let email = format!("{}@shop.test", name.to_lowercase());
    people::add(&office.parts, name, &email, Role::Operator, Some(&password)).await.unwrap()
}

async fn try_password(browser: &Browser, email: &str, password: &str) -> (u16, String, String) {
    browser.post("/api/login", json!({"email": email, "password": password})).await.problem()
}

#[tokio::test]
async fn a_right_password_signs_in_and_logging_out_ends_it() {
    for office in Office::on_each_engine().await {
        with_password(&office, "Anna").await;
        let browser = office.stranger();
        assert_eq!(browser.get("/api/me").await.problem().1, "login_needed");
        let answer =
            browser.post("/api/login", json!({"email": " Anna@Shop.test ", "password": PASSWORD})).await.expect(200);
        let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
        let me = browser.get("/api/me").await.expect(200).json();
        assert_eq!(me["me"]["operator"]["email"], "anna@shop.test");
        assert_eq!(me["me"]["settings"]["theme"], "system");
        assert!(!String::from_utf8(answer.bytes).unwrap().contains("argon2"));
        browser.post("/api/logout", json!({})).await.expect(204);
        browser.get("/api/me").await.expect(401);
    }
}

#[tokio::test]
async fn unknown_wrong_and_deactivated_are_told_the_same() {
    let office = Office::new().await;
    let gone = with_password(&office, "Gone").await;
    with_password(&office, "Anna").await;
    let admin = office.sign_in("Boss", Role::Admin).await;
    admin.patch(&format!("/api/operators/{gone}"), json!({"active": false})).await.expect(200);
    let mut answers = Vec::new();
    for (email, password) in
        [("nobody@shop.test", PASSWORD), ("anna@shop.test", "wrong wrong wrong"), ("gone@shop.test", PASSWORD)]
    {
        let answer = office.stranger().post("/api/login", json!({"email": email, "password": password})).await;
        answers.push((answer.status, answer.bytes));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|it| *it == answers[0]));
}

#[tokio::test]
async fn five_wrong_tries_make_the_account_wait_whatever_address_or_spelling() {
    for office in Office::on_each_engine().await {
        with_password(&office, "Anna").await;
        let browser = office.stranger();
        for n in 0..5 {
            let email = if n % 2 == 0 { "anna@shop.test" } else { "ANNA@shop.test " };
            assert_eq!(try_password(&browser, email, "wrong").await.0, 401, "try {n}");
        }
        let answer = browser.post("/api/login", json!({"email": "anna@shop.test", "password": PASSWORD})).await;
        assert_eq!(answer.problem(), (429, "too_many_tries".to_owned(), String::new()));
        assert_eq!(answer.json()["retry_after_s"], 15);
        office.clock.advance(Duration::from_secs(15)).await;
        assert_eq!(try_password(&browser, "anna@shop.test", PASSWORD).await.0, 200);
        // Forgiven: the count starts anew.
        assert_eq!(try_password(&browser, "anna@shop.test", "wrong").await.0, 401);
    }
}

#[tokio::test]
async fn one_address_that_tries_many_accounts_must_wait_too() {
    let office = Office::new().await;
    with_password(&office, "Anna").await;
    for n in 0..20 {
        assert_eq!(try_password(&office.stranger(), &format!("user{n}@shop.test"), "wrong").await.0, 401);
    }
    let answer = try_password(&office.stranger(), "anna@shop.test", PASSWORD).await;
    assert_eq!(answer.1, "too_many_tries");
    // A header that no configured proxy wrote changes nothing.
    let request = Request::post("/api/login")
        .header("content-type", "application/json")
        .header("x-forwarded-for", "9.9.9.9")
        .header("user-agent", "another");
    let body = json!({"email": "anna@shop.test", "password": PASSWORD}).to_string();
    assert_eq!(office.stranger().send(request, body.into()).await.problem().1, "too_many_tries");
}

#[tokio::test]
async fn tries_sent_at_once_do_not_slip_through() {
    for office in Office::on_each_engine().await {
        with_password(&office, "Anna").await;
        let browser = office.stranger();
        let tries = (0..30).map(|_| try_password(&browser, "anna@shop.test", "wrong"));
        let answers = futures_util::future::join_all(tries).await;
        let looked_at = answers.iter().filter(|it| it.0 == 401).count();
        assert_eq!(looked_at, 5, "{:?}", office.parts.db.engine());
    }
}

#[tokio::test]
async fn a_first_password_that_waits_to_be_hashed_holds_nobody_up() {
    let office = Office::new().await;
    // Came by a link: has no password yet.
    let anna = office.sign_in("Anna", Role::Operator).await;
    let turns = office.parts.passwords.take_all_turns().await;
    let change = anna.patch("/api/me", json!({"password": {"current": "", "new": PASSWORD}}));
    let others = async {
        while office.parts.passwords.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let tx = tokio::time::timeout(Duration::from_secs(2), office.parts.db.tx("other")).await;
        drop(tx.expect("the writer is free").unwrap());
        drop(turns);
    };
    let (answer, ()) = tokio::join!(change, others);
    answer.expect(200);
}

#[tokio::test]
async fn an_invitation_names_a_bounded_number_of_lines() {
    let office = Office::new().await;
    let admin = office.sign_in("Boss", Role::Admin).await;
    let line = office.line("Sales", &[]).await;
    let invite = |count: usize| json!({"role": "operator", "line_ids": vec![line; count]});
    admin.post("/api/invitations", invite(100)).await.expect(201);
    let problem = admin.post("/api/invitations", invite(101)).await.problem();
    assert_eq!(problem, (400, String::new(), "line_ids".to_owned()));
}

#[tokio::test]
async fn a_sign_in_link_works_once() {
    for office in Office::on_each_engine().await {
        let anna = office.add("Anna", Role::Operator).await;
        let link = crate::staff::make_link(&office.parts, anna).await.unwrap();
        let token = link.strip_prefix("http://desk.test/sign-in#token=").unwrap().to_owned();
        let browser = office.stranger();
        browser.post("/api/login/link", json!({"token": token})).await.expect(200);
        browser.get("/api/me").await.expect(200);
        let again = office.stranger().post("/api/login/link", json!({"token": token})).await;
        assert_eq!(again.problem(), (401, "link_gone".to_owned(), String::new()));
        let late = crate::staff::make_link(&office.parts, anna).await.unwrap();
        office.clock.advance(openlines_base::DAY).await;
        let token = late.split('=').next_back().unwrap();
        office.stranger().post("/api/login/link", json!({"token": token})).await.expect(401);
    }
}

#[tokio::test]
async fn changes_need_the_csrf_token_and_open_endpoints_our_own_page() {
    let office = Office::new().await;
    let anna = office.sign_in("Anna", Role::Operator).await;
    *anna.csrf_token.lock().unwrap() = "forged".to_owned();
    anna.post("/api/me/presence", json!({"status": "busy"})).await.expect(403);
    anna.csrf_token.lock().unwrap().clear();
    anna.post("/api/me/presence", json!({"status": "busy"})).await.expect(403);
    let request = Request::post("/api/login")
        .header("content-type", "application/json")
        .header("origin", "https://evil.test")
        .header("sec-fetch-site", "cross-site");
    office.stranger().send(request, json!({"email": "a@b", "password": "x"}).to_string().into()).await.expect(403);
}

#[tokio::test]
async fn an_invitation_makes_a_colleague_once() {
    for office in Office::on_each_engine().await {
        let admin = office.sign_in("Boss", Role::Admin).await;
        let line = office.line("Sales", &[]).await;
        let body = json!({"email": "Ivan@Shop.test", "role": "operator", "line_ids": [line]});
        let made = admin.post("/api/invitations", body).await.expect(201).json();
        assert_eq!(made["invitation"]["email"], "ivan@shop.test");
        let token = made["url"].as_str().unwrap().strip_prefix("http://desk.test/join#token=").unwrap();
        let guest = office.stranger();
        let look = guest.post("/api/invitations/look", json!({"token": token})).await.expect(200).json();
        assert_eq!((look["company_name"].as_str(), look["role"].as_str()), (Some("Shop"), Some("operator")));
        let accept =
            |email: &str, password: &str| json!({"token": token, "name": "Ivan", "email": email, "password": password});
        assert_eq!(
            guest.post("/api/invitations/accept", accept("ivan@shop.test", "short")).await.problem(),
            (400, String::new(), "password".to_owned())
        );
        assert_eq!(
            guest.post("/api/invitations/accept", accept("boss@shop.test", PASSWORD)).await.problem(),
            (409, "email_taken".to_owned(), "email".to_owned())
        );
        let me = guest.post("/api/invitations/accept", accept("ivan@shop.test", PASSWORD)).await.expect(200).json();
        assert_eq!(me["me"]["operator"]["line_ids"], json!([line]));
        assert_eq!(me["me"]["operator"]["role"], "operator");
        guest.get("/api/me").await.expect(200);
        let again = office.stranger().post("/api/invitations/accept", accept("x@shop.test", PASSWORD)).await;
        assert_eq!(again.problem().1, "invitation_gone");
        let list = admin.get("/api/invitations").await.expect(200).json();
        assert!(list["invitations"][0]["accepted_at"].is_string());
        assert!(!list.to_string().contains(token));
    }
}

#[tokio::test]
async fn a_withdrawn_invitation_and_a_foreign_line_are_refused() {
    let office = Office::new().await;
    let admin = office.sign_in("Boss", Role::Admin).await;
    let refused = admin.post("/api/invitations", json!({"role": "operator", "line_ids": [99]})).await;
    assert_eq!(refused.problem(), (400, String::new(), "line_ids".to_owned()));
    let made = admin.post("/api/invitations", json!({"role": "admin"})).await.expect(201).json();
    let token = made["url"].as_str().unwrap().split('=').next_back().unwrap().to_owned();
    admin.delete(&format!("/api/invitations/{}", made["invitation"]["id"])).await.expect(204);
    let look = office.stranger().post("/api/invitations/look", json!({"token": token})).await;
    assert_eq!(look.problem().1, "invitation_gone");
}

#[tokio::test]
async fn the_last_active_admin_stays_one() {
    for office in Office::on_each_engine().await {
        let admin = office.sign_in("Boss", Role::Admin).await;
        let path = format!("/api/operators/{}", admin.operator);
        for change in [json!({"role": "operator"}), json!({"active": false})] {
            assert_eq!(admin.patch(&path, change).await.problem().1, "last_admin");
        }
        let second = office.sign_in("Second", Role::Admin).await;
        second.patch(&path, json!({"active": false})).await.expect(200);
        admin.get("/api/me").await.expect(401);
        let second_path = format!("/api/operators/{}", second.operator);
        assert_eq!(second.patch(&second_path, json!({"role": "operator"})).await.problem().1, "last_admin");
    }
}

#[tokio::test]
async fn a_role_that_was_lowered_counts_from_the_next_request() {
    let office = Office::new().await;
    let boss = office.sign_in("Boss", Role::Admin).await;
    let second = office.sign_in("Second", Role::Admin).await;
    second.get("/api/invitations").await.expect(200);
    boss.patch(&format!("/api/operators/{}", second.operator), json!({"role": "operator"})).await.expect(200);
    second.get("/api/invitations").await.expect(403);
}

#[tokio::test]
async fn fields_that_are_not_ours_are_refused_by_name() {
    let office = Office::new().await;
    let boss = office.sign_in("Boss", Role::Admin).await;
    let path = format!("/api/operators/{}", boss.operator);
    let rows = [
        (json!({"password_hash": "x"}), "password_hash"),
        (json!({"limit": -1}), "limit"),
        (json!({"limit": 101}), "limit"),
        (json!({"role": "root"}), "role"),
        (json!({"name": ""}), "name"),
    ];
    for (body, field) in rows {
        assert_eq!(boss.patch(&path, body).await.problem(), (400, String::new(), field.to_owned()));
    }
    boss.patch("/api/operators/999", json!({"limit": 3})).await.expect(404);
    boss.patch("/api/operators/x", json!({"limit": 3})).await.expect(404);
}

#[tokio::test]
async fn one_changes_settings_by_parts_and_the_password_with_proof() {
    let office = Office::new().await;
    let id = with_password(&office, "Anna").await;
    let (anna, other) = (office.browser_of(id).await, office.browser_of(id).await);
    let me = anna.patch("/api/me", json!({"settings": {"theme": "dark", "language": "ru"}})).await.expect(200).json();
    assert_eq!(
        (me["me"]["settings"]["theme"].as_str(), me["me"]["settings"]["sound"].as_bool()),
        (Some("dark"), Some(true))
    );
    let me = anna.patch("/api/me", json!({"settings": {"language": null}})).await.expect(200).json();
    assert_eq!(
        (me["me"]["settings"]["theme"].as_str(), me["me"]["settings"]["language"].as_str()),
        (Some("dark"), None)
    );
    let wrong = json!({"password": {"current": "wrong", "new": "another long password"}});
    assert_eq!(anna.patch("/api/me", wrong).await.problem().2, "password.current");
    let right = json!({"password": {"current": PASSWORD, "new": "another long password"}});
    anna.patch("/api/me", right).await.expect(200);
    other.get("/api/me").await.expect(401);
    anna.get("/api/me").await.expect(200);
    assert_eq!(try_password(&office.stranger(), "anna@shop.test", "another long password").await.0, 200);
}

#[tokio::test]
async fn presence_is_set_by_oneself_and_keeps_its_beginning() {
    for office in Office::on_each_engine().await {
        let anna = office.sign_in("Anna", Role::Operator).await;
        let since = |it: &serde_json::Value| it["operator"]["status_since"].as_str().unwrap().to_owned();
        let busy = anna.post("/api/me/presence", json!({"status": "busy"})).await.expect(200).json();
        office.clock.advance(Duration::from_secs(60)).await;
        let again = anna.post("/api/me/presence", json!({"status": "busy"})).await.expect(200).json();
        assert_eq!(since(&busy), since(&again));
        let off = anna.post("/api/me/presence", json!({"status": "off"})).await.expect(200).json();
        assert_ne!(since(&off), since(&busy));
        let wrong = anna.post("/api/me/presence", json!({"status": "asleep"})).await;
        assert_eq!(wrong.problem(), (400, String::new(), "status".to_owned()));
    }
}
