//! Endpoints of the first run and the company.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use openlines_base::Secret;
use openlines_edge::{Json, Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Company;
use super::flow::{self, Change, FirstRun};
use crate::Parts;
use crate::staff::{Admin, Language, MeAnswer, Signed, StaffError, Visitor};

/// Endpoints for people who are signed in.
pub(crate) fn routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// Endpoints for those who are not.
pub(crate) fn open_routes() -> OpenApiRouter<Parts> {
    OpenApiRouter::new().routes(routes!(look, set_up))
}

/// Whether the first run is still to come.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetupLook {
    needed: bool,
}

/// Tells whether the first run is still to come.
#[utoipa::path(get, path = "/api/setup", tag = "company", responses((status = 200, body = SetupLook)))]
async fn look(State(parts): State<Parts>) -> Result<Json<SetupLook>, Problem> {
    Ok(Json(SetupLook { needed: !flow::exists(&parts).await? }))
}

/// The first run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// As the server printed it at its start.
    #[schema(value_type = String)]
    code: Secret<String>,
    company: NewCompany,
    admin: FirstAdmin,
}

/// The company to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCompany {
    name: String,
    time_zone: String,
    language: Language,
}

/// Its first admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstAdmin {
    name: String,
    email: String,
    #[schema(value_type = String, format = Password)]
    password: Secret<String>,
}

/// Makes the company and its first admin, and signs them in.
#[utoipa::path(post, path = "/api/setup", tag = "company", request_body = Setup, responses(
    (status = 201, body = MeAnswer, description = "Done; the cookie is set"),
    (status = 400, body = ProblemBody, description = "A wrong field is named: `code`, `admin.email` …"),
    (status = 409, body = ProblemBody, description = "`already_set_up`"),
    (status = 429, body = ProblemBody, description = "`too_many_tries`, with `retry_after_s`"),
))]
async fn set_up(State(parts): State<Parts>, visitor: Visitor, Json(it): Json<Setup>) -> Result<Response, Problem> {
    let NewCompany { name, time_zone, language } = it.company;
    let first = FirstRun {
        company: Company { name, time_zone, language },
        admin_name: it.admin.name,
        email: it.admin.email,
        password: it.admin.password,
    };
    let (operator, login) = flow::claim(&parts, it.code.expose(), first, &visitor).await?;
    Ok(MeAnswer::with_cookie(&parts, operator, &login, StatusCode::CREATED).await?)
}

/// The company.
#[derive(Serialize, ToSchema)]
pub(crate) struct CompanyAnswer {
    company: Company,
}

/// Shows the company.
#[utoipa::path(get, path = "/api/company", tag = "company", responses((status = 200, body = CompanyAnswer)))]
async fn show(State(parts): State<Parts>, _: Signed) -> Result<Json<CompanyAnswer>, Problem> {
    let mut read = parts.db.read().await?;
    let company = flow::load(&mut read).await?.ok_or(StaffError::NotFound("company"))?;
    Ok(Json(CompanyAnswer { company }))
}

/// What changes about the company; absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompanyChange {
    name: Option<String>,
    time_zone: Option<String>,
    language: Option<Language>,
}

/// Changes the company.
#[utoipa::path(patch, path = "/api/company", tag = "company", request_body = CompanyChange, responses(
    (status = 200, body = CompanyAnswer),
))]
async fn change(
    State(parts): State<Parts>,
    Admin(admin): Admin,
    Json(it): Json<CompanyChange>,
) -> Result<Json<CompanyAnswer>, Problem> {
    let change = Change { name: it.name, time_zone: it.time_zone, language: it.language };
    Ok(Json(CompanyAnswer { company: flow::change(&parts, &admin, change).await? }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::staff::Role;
    use crate::test::Office;

    fn first_run(code: &str) -> Value {
        json!({
            "code": code,
            "company": {"name": "Shop", "time_zone": "Europe/Moscow", "language": "ru"},
            "admin": {"name": "Anna", "email": "anna@shop.test", "password": "correct horse battery"},
        })
    }

    #[tokio::test]
    async fn whoever_knows_the_code_makes_the_company_once() {
        let office = Office::empty().await;
        let browser = office.stranger();
        assert_eq!(browser.get("/api/setup").await.expect(200).json(), json!({"needed": true}));
        let code = office.parts.setup.text().to_owned();
        let wrong = browser.post("/api/setup", first_run("guess")).await.problem();
        assert_eq!(wrong, (400, String::new(), "code".to_owned()));
        let me = browser.post("/api/setup", first_run(&code)).await.expect(201).json();
        assert_eq!(me["me"]["operator"]["role"], "admin");
        assert_eq!(
            me["me"]["checklist"],
            json!({"line": false, "channel": false, "invited": false, "dismissed": false})
        );
        browser.get("/api/me").await.expect(200);
        let again = office.stranger().post("/api/setup", first_run(&code)).await.problem();
        assert_eq!((again.0, again.1.as_str()), (409, "already_set_up"));
        assert_eq!(browser.get("/api/setup").await.json(), json!({"needed": false}));
        let me = browser.post("/api/me/checklist", json!({"dismissed": true})).await.expect(200).json();
        assert_eq!(me["me"]["checklist"]["dismissed"], true);
    }

    #[tokio::test]
    async fn the_code_cannot_be_guessed_by_many_tries() {
        let office = Office::empty().await;
        for _ in 0..5 {
            office.stranger().post("/api/setup", first_run("guess")).await.expect(400);
        }
        let code = office.parts.setup.text().to_owned();
        let answer = office.stranger().post("/api/setup", first_run(&code)).await.problem();
        assert_eq!((answer.0, answer.1.as_str()), (429, "too_many_tries"));
    }

    #[tokio::test]
    async fn each_wrong_field_of_the_first_run_is_named() {
        let office = Office::empty().await;
        let code = office.parts.setup.text().to_owned();
        let rows = [
            ("/company/name", json!(""), "company.name"),
            ("/company/time_zone", json!("Mars/Olympus"), "company.time_zone"),
            ("/company/language", json!("de"), "company.language"),
            ("/admin/name", json!(" "), "admin.name"),
            ("/admin/email", json!("anna"), "admin.email"),
            ("/admin/password", json!("short"), "admin.password"),
        ];
        for (pointer, value, field) in rows {
            let mut body = first_run(&code);
            *body.pointer_mut(pointer).unwrap() = value;
            let problem = office.stranger().post("/api/setup", body).await.problem();
            assert_eq!(problem, (400, String::new(), field.to_owned()));
        }
    }

    #[tokio::test]
    async fn an_admin_changes_the_company_and_others_only_see_it() {
        for office in Office::on_each_engine().await {
            let admin = office.sign_in("Boss", Role::Admin).await;
            let changed = admin.patch("/api/company", json!({"time_zone": "Asia/Almaty"})).await.expect(200).json();
            assert_eq!(changed["company"], json!({"name": "Shop", "time_zone": "Asia/Almaty", "language": "en"}));
            let anna = office.sign_in("Anna", Role::Operator).await;
            anna.patch("/api/company", json!({"name": "Mine"})).await.expect(403);
            assert_eq!(anna.get("/api/company").await.expect(200).json()["company"]["name"], "Shop");
        }
    }
}
