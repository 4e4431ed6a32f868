//! The methods of the Bot API over the [`World`]. Words of refusals are those of the official server.

use openlines_base::{HOUR, SECOND, Time};
use serde_json::{Value, json};

use super::fault::ApiError;
use super::html;
use super::world::{Bot, Line, Sent, SentButton, SentFile, WebHook, World};

/// UTF-16 units of a text.
const TEXT_MAX: usize = 4096;
/// UTF-16 units of a caption.
const CAPTION_MAX: usize = 1024;
/// How long a bot may take a message back.
const DELETE_WITHIN_H: u32 = 48;
/// How long a button press may be answered.
const PRESS_S: u32 = 150;
/// Larger files a bot may not download.
const DOWNLOAD_MAX: usize = 20_000_000;

type Answer = Result<Value, ApiError>;

/// One call whose files are here already.
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) params: &'a Value,
    pub(super) files: Vec<SentFile>,
    pub(super) now: Time,
}

/// Does a call.
pub(super) fn call(world: &mut World, bot_id: i64, ask: Ask<'_>) -> Answer {
    let params = ask.params;
    match ask.method {
        "getFile" => return get_file(world, params),
        "getUserProfilePhotos" => return profile_photos(world, params),
        "sendPhoto" | "sendDocument" | "sendVideo" | "sendAudio" | "sendVoice" | "sendSticker" | "sendMediaGroup" => {
            return send_files(world, bot_id, ask);
        }
        _ => {}
    }
    let gone = || ApiError::new(401, "Unauthorized");
    if ask.method == "sendMessage" || ask.method == "sendChatAction" || ask.method == "setMessageReaction" {
        let chat_id = reachable(world, bot_id, params)?;
        let bot = world.bots.get_mut(&bot_id).ok_or_else(gone)?;
        return match ask.method {
            "sendMessage" => {
                let text = text(params, "text", "entities", TEXT_MAX)?;
                if text.text.is_empty() {
                    return Err(ApiError::bad("message text is empty"));
                }
                post(bot, chat_id, params, Draft { text, file: None, album: None }, ask.now)
            }
            "sendChatAction" => {
                bot.chats.entry(chat_id).or_default().typing += 1;
                Ok(json!(true))
            }
            _ => {
                let message_id = params["message_id"].as_i64().unwrap_or(0);
                let chat = bot.chats.entry(chat_id).or_default();
                chat.line(message_id).ok_or_else(|| ApiError::bad("message to react not found"))?;
                let reactions = params["reaction"].as_array().cloned().unwrap_or_default();
                chat.reactions.insert(message_id, reactions);
                Ok(json!(true))
            }
        };
    }
    let bot = world.bots.get_mut(&bot_id).ok_or_else(gone)?;
    match ask.method {
        "getMe" => {
            let mut me = bot.user();
            me["can_join_groups"] = json!(true);
            me["can_read_all_group_messages"] = json!(false);
            me["supports_inline_queries"] = json!(false);
            me["can_connect_to_business"] = json!(false);
            me["has_main_web_app"] = json!(false);
            Ok(me)
        }
        "setWebhook" => set_webhook(bot, params),
        "deleteWebhook" => {
            bot.hook = None;
            if params["drop_pending_updates"] == true {
                bot.updates.clear();
            }
            Ok(json!(true))
        }
        "getWebhookInfo" => Ok(webhook_info(bot)),
        "editMessageText" | "editMessageCaption" | "editMessageReplyMarkup" => edit(bot, ask.method, params, ask.now),
        "deleteMessage" | "deleteMessages" => delete(bot, ask.method, params, ask.now),
        "answerCallbackQuery" => answer_press(bot, params, ask.now),
        "setMyCommands" | "setMyDescription" | "setMyShortDescription" | "readBusinessMessage" => Ok(json!(true)),
        _ => Err(ApiError::new(404, "Not Found: method not found")),
    }
}

/// What is to be posted.
struct Draft {
    text: html::Read,
    file: Option<SentFile>,
    album: Option<String>,
}

/// The chat of a call, if the bot may write to it.
fn reachable(world: &World, bot_id: i64, params: &Value) -> Result<i64, ApiError> {
    let chat_id = chat_id(params).ok_or_else(|| ApiError::bad("chat not found"))?;
    let chat = world.bots.get(&bot_id).and_then(|it| it.chats.get(&chat_id));
    let (Some(chat), Some(person)) = (chat, world.people.get(&chat_id)) else {
        return Err(ApiError::bad("chat not found"));
    };
    if person.is_gone {
        return Err(ApiError::new(403, "Forbidden: user is deactivated"));
    }
    if chat.is_blocked {
        return Err(ApiError::new(403, "Forbidden: bot was blocked by the user"));
    }
    if !chat.is_started {
        return Err(ApiError::new(403, "Forbidden: bot can't initiate conversation with a user"));
    }
    Ok(chat_id)
}

/// The chat that a call names.
pub(super) fn chat_id(params: &Value) -> Option<i64> {
    let it = params.get("chat_id")?;
    it.as_i64().or_else(|| it.as_str()?.parse().ok())
}

/// A text of a call with its markup read.
fn text(params: &Value, field: &str, entities: &str, units_max: usize) -> Result<html::Read, ApiError> {
    let raw = params[field].as_str().unwrap_or_default();
    let read = match params["parse_mode"].as_str() {
        Some(mode) if mode.eq_ignore_ascii_case("html") => {
            html::read(raw).map_err(|it| ApiError::bad(&format!("can't parse entities: {it}")))?
        }
        Some("") | None => {
            let entities = params[entities].as_array().cloned().unwrap_or_default();
            html::trimmed(html::Read { text: raw.to_owned(), entities })
        }
        Some(_) => return Err(ApiError::bad("unsupported parse_mode: this fake reads HTML only")),
    };
    if html::units(&read.text) > units_max {
        let words = if field == "caption" { "message caption is too long" } else { "message is too long" };
        return Err(ApiError::bad(words));
    }
    Ok(read)
}

fn send_files(world: &mut World, bot_id: i64, ask: Ask<'_>) -> Answer {
    let params = ask.params;
    let chat_id = reachable(world, bot_id, params)?;
    let is_album = ask.method == "sendMediaGroup";
    if is_album && !(2..=10).contains(&ask.files.len()) {
        return Err(ApiError::bad("group must include 2-10 items"));
    }
    check_family(&ask.files)?;
    let album = is_album.then(|| format!("139{:014}", world.serial()));
    let mut messages = Vec::new();
    for (i, file) in ask.files.into_iter().enumerate() {
        let caption = if is_album { &params["media"][i] } else { params };
        let text = text(caption, "caption", "caption_entities", CAPTION_MAX)?;
        world.store(&folder(&file.form), &file.name, &file.bytes, file.size);
        let gone = || ApiError::new(401, "Unauthorized");
        let bot = world.bots.get_mut(&bot_id).ok_or_else(gone)?;
        let draft = Draft { text, file: Some(file), album: album.clone() };
        messages.push(post(bot, chat_id, params, draft, ask.now)?);
    }
    match (is_album, messages.pop()) {
        (false, Some(message)) => Ok(message),
        (_, last) => Ok(json!(messages.into_iter().chain(last).collect::<Vec<_>>())),
    }
}

/// Documents and music do not mix with others.
fn check_family(files: &[SentFile]) -> Result<(), ApiError> {
    let family = |it: &SentFile| match it.form.as_str() {
        "photo" | "video" => 0,
        "document" => 1,
        "audio" => 2,
        _ => 3,
    };
    let first = files.first().map(family);
    let is_mixed = files.iter().any(|it| Some(family(it)) != first);
    let is_lonely = files.len() > 1 && first == Some(3);
    if is_mixed || is_lonely {
        return Err(ApiError::bad("can't use the media of the specified type in the album"));
    }
    Ok(())
}

/// Where files of a form lie.
pub(super) fn folder(form: &str) -> String {
    format!("{form}s")
}

fn post(bot: &mut Bot, chat_id: i64, params: &Value, draft: Draft, now: Time) -> Answer {
    let buttons = buttons(params)?;
    let chat = bot.chats.entry(chat_id).or_default();
    let mut reply_to = None;
    if let Some(message_id) = params["reply_parameters"]["message_id"].as_i64() {
        match chat.line(message_id) {
            Some(_) => reply_to = Some(message_id),
            None if params["reply_parameters"]["allow_sending_without_reply"] == true => {}
            None => return Err(ApiError::bad("message to be replied not found")),
        }
    }
    let sent = Sent {
        message_id: bot.message_id(),
        text: draft.text.text,
        entities: draft.text.entities,
        file: draft.file,
        buttons,
        reply_to,
        album: draft.album,
        at: now,
        edited_at: None,
        deleted_at: None,
    };
    let json = message(bot, chat_id, &sent);
    bot.add_line(chat_id, Line { message_id: sent.message_id, json: json.clone(), sent: Some(sent) });
    Ok(json)
}

/// A message of the bot as the Bot API writes it.
fn message(bot: &Bot, chat_id: i64, sent: &Sent) -> Value {
    let mut message = json!({
        "message_id": sent.message_id,
        "from": bot.user(),
        "chat": { "id": chat_id, "type": "private" },
        "date": sent.at.s(),
    });
    let (text, entities) = if sent.file.is_some() { ("caption", "caption_entities") } else { ("text", "entities") };
    if !sent.text.is_empty() {
        message[text] = json!(sent.text);
    }
    if !sent.entities.is_empty() {
        message[entities] = json!(sent.entities);
    }
    if let Some(file) = &sent.file {
        let name = &file.name;
        let media = json!({
            "file_id": format!("BQACAgIAAxkDAAI{}", sent.message_id),
            "file_unique_id": format!("AgAD{}", sent.message_id),
            "file_size": file.size,
        });
        let with = |extra: Value| {
            let mut media = media.clone();
            for (key, value) in extra.as_object().into_iter().flatten() {
                media[key] = value.clone();
            }
            media
        };
        message[&file.form] = match file.form.as_str() {
            "photo" => json!([with(json!({ "width": 480, "height": 360 }))]),
            "video" => with(json!({ "width": 320, "height": 240, "duration": 2, "file_name": name })),
            "audio" | "voice" => with(json!({ "duration": 2, "mime_type": file.mime })),
            "sticker" => with(json!({
                "type": "regular", "width": 256, "height": 256, "is_animated": false, "is_video": false
            })),
            _ => with(json!({ "file_name": name, "mime_type": file.mime })),
        };
    }
    if let Some(album) = &sent.album {
        message["media_group_id"] = json!(album);
    }
    if !sent.buttons.is_empty() {
        message["reply_markup"] = json!({ "inline_keyboard": keyboard(&sent.buttons) });
    }
    if let Some(at) = sent.edited_at {
        message["edit_date"] = json!(at.s());
    }
    message
}

fn keyboard(buttons: &[Vec<SentButton>]) -> Vec<Vec<Value>> {
    let button = |it: &SentButton| match &it.url {
        Some(url) => json!({ "text": it.text, "url": url }),
        None => json!({ "text": it.text, "callback_data": it.data }),
    };
    buttons.iter().map(|row| row.iter().map(button).collect()).collect()
}

fn buttons(params: &Value) -> Result<Vec<Vec<SentButton>>, ApiError> {
    let rows = params["reply_markup"]["inline_keyboard"].as_array().map_or(&[][..], Vec::as_slice);
    let button = |it: &Value| {
        let text = |name: &str| it[name].as_str().map(str::to_owned);
        let button =
            SentButton { text: text("text").unwrap_or_default(), data: text("callback_data"), url: text("url") };
        if button.text.is_empty() {
            return Err(ApiError::bad("can't parse inline keyboard button: text is empty"));
        }
        match &button.data {
            Some(it) if it.is_empty() || it.len() > 64 => Err(ApiError::bad("BUTTON_DATA_INVALID")),
            None if button.url.is_none() => Err(ApiError::bad(
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            )),
            _ => Ok(button),
        }
    };
    rows.iter().map(|row| row.as_array().map_or(&[][..], Vec::as_slice).iter().map(button).collect()).collect()
}

fn edit(bot: &mut Bot, method: &str, params: &Value, now: Time) -> Answer {
    let missing = || ApiError::bad("message to edit not found");
    let chat_id = chat_id(params).ok_or_else(|| ApiError::bad("chat not found"))?;
    let message_id = params["message_id"].as_i64().unwrap_or(0);
    let chat = bot.chats.get_mut(&chat_id).ok_or_else(|| ApiError::bad("chat not found"))?;
    let line = chat.line(message_id).ok_or_else(missing)?;
    let sent = line.sent.as_ref().ok_or_else(|| ApiError::bad("message can't be edited"))?;
    if sent.deleted_at.is_some() {
        return Err(missing());
    }
    let mut changed = sent.clone();
    match (method, sent.file.is_some()) {
        ("editMessageText", true) => return Err(ApiError::bad("there is no text in the message to edit")),
        ("editMessageCaption", false) => return Err(ApiError::bad("there is no caption in the message to edit")),
        ("editMessageText", _) => {
            let read = text(params, "text", "entities", TEXT_MAX)?;
            if read.text.is_empty() {
                return Err(ApiError::bad("message text is empty"));
            }
            (changed.text, changed.entities) = (read.text, read.entities);
        }
        ("editMessageCaption", _) => {
            let read = text(params, "caption", "caption_entities", CAPTION_MAX)?;
            (changed.text, changed.entities) = (read.text, read.entities);
        }
        _ => {}
    }
    changed.buttons = buttons(params)?;
    if changed == *sent {
        return Err(ApiError::bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a \
             current content and reply markup of the message",
        ));
    }
    changed.edited_at = Some(now);
    let json = message(bot, chat_id, &changed);
    if let Some(line) = bot.chats.get_mut(&chat_id).and_then(|it| it.line(message_id)) {
        line.sent = Some(changed);
        line.json = json.clone();
    }
    Ok(json)
}

fn delete(bot: &mut Bot, method: &str, params: &Value, now: Time) -> Answer {
    let chat_id = chat_id(params).ok_or_else(|| ApiError::bad("chat not found"))?;
    let chat = bot.chats.get_mut(&chat_id).ok_or_else(|| ApiError::bad("chat not found"))?;
    let is_single = method == "deleteMessage";
    let ids: Vec<i64> = match params["message_ids"].as_array() {
        Some(it) if !is_single => it.iter().filter_map(Value::as_i64).collect(),
        _ => params["message_id"].as_i64().into_iter().collect(),
    };
    if !is_single && !(1..=100).contains(&ids.len()) {
        return Err(ApiError::bad("message identifiers must have 1-100 items"));
    }
    for id in ids {
        let sent = chat.line(id).and_then(|it| it.sent.as_mut()).filter(|it| it.deleted_at.is_none());
        match sent {
            Some(it) if now.since(it.at) > HOUR * DELETE_WITHIN_H && is_single => {
                return Err(ApiError::bad("message can't be deleted for everyone"));
            }
            Some(it) if now.since(it.at) > HOUR * DELETE_WITHIN_H => {}
            Some(it) => it.deleted_at = Some(now),
            None if is_single => return Err(ApiError::bad("message to delete not found")),
            None => {}
        }
    }
    Ok(json!(true))
}

fn answer_press(bot: &mut Bot, params: &Value, now: Time) -> Answer {
    let id = params["callback_query_id"].as_str().unwrap_or_default();
    match bot.presses.get_mut(id) {
        Some(it) if now.since(it.pressed_at) <= SECOND * PRESS_S => {
            it.is_answered = true;
            Ok(json!(true))
        }
        _ => Err(ApiError::bad("query is too old and response timeout expired or query ID is invalid")),
    }
}

fn set_webhook(bot: &mut Bot, params: &Value) -> Answer {
    let url = params["url"].as_str().unwrap_or_default();
    if params["drop_pending_updates"] == true {
        bot.updates.clear();
    }
    if url.is_empty() {
        bot.hook = None;
        return Ok(json!(true));
    }
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(ApiError::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let secret = params["secret_token"].as_str();
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_' || it == b'-';
    if secret.is_some_and(|it| it.len() > 256 || !it.bytes().all(is_plain)) {
        return Err(ApiError::bad("secret token contains unallowed characters"));
    }
    if let Some(allowed) = params["allowed_updates"].as_array() {
        bot.allowed = allowed.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let connections_max = params["max_connections"].as_u64().unwrap_or(40).clamp(1, 100);
    bot.hook = Some(WebHook {
        url: url.to_owned(),
        secret: secret.filter(|it| !it.is_empty()).map(str::to_owned),
        connections_max: usize::try_from(connections_max).unwrap_or(40),
    });
    bot.last_error = None;
    for update in &mut bot.updates {
        (update.not_before, update.attempts) = (Time::default(), 0);
    }
    Ok(json!(true))
}

fn webhook_info(bot: &Bot) -> Value {
    let mut info = json!({
        "url": bot.hook.as_ref().map_or("", |it| it.url.as_str()),
        "has_custom_certificate": false,
        "pending_update_count": bot.updates.len(),
    });
    if let Some(hook) = &bot.hook {
        info["max_connections"] = json!(hook.connections_max);
        info["ip_address"] = json!("127.0.0.1");
    }
    if !bot.allowed.is_empty() {
        info["allowed_updates"] = json!(bot.allowed);
    }
    if let Some((date, words)) = &bot.last_error {
        info["last_error_date"] = json!(date);
        info["last_error_message"] = json!(words);
    }
    info
}

fn get_file(world: &World, params: &Value) -> Answer {
    let file_id = params["file_id"].as_str().unwrap_or_default();
    let file = world.files.get(file_id).ok_or_else(|| ApiError::bad("invalid file_id"))?;
    if file.size > DOWNLOAD_MAX {
        return Err(ApiError::bad("file is too big"));
    }
    Ok(json!({
        "file_id": file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }))
}

fn profile_photos(world: &mut World, params: &Value) -> Answer {
    let user_id = params["user_id"].as_i64().unwrap_or(0);
    let Some(person) = world.people.get(&user_id) else {
        let is_bot = world.bots.contains_key(&user_id);
        let none = json!({ "total_count": 0, "photos": [] });
        return if is_bot { Ok(none) } else { Err(ApiError::bad("user not found")) };
    };
    let face = person.face;
    let file_id = world.store("profile_photos", face.name, &face.bytes(), face.size());
    let unique_id = world.files.get(&file_id).map(|it| it.unique_id.clone());
    let photo = json!({
        "file_id": file_id,
        "file_unique_id": unique_id,
        "width": face.width,
        "height": face.height,
        "file_size": face.size(),
    });
    Ok(json!({ "total_count": 1, "photos": [[photo]] }))
}
