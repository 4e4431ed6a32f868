//! Customers who write Russian.

use super::Answer::{Phone, Place as At, Words};
use super::Step::{Album, Corrects, Paper, Photo, Place, Reacts, Replies, Says, Sticker, Video, Voice, Waits};
use super::{Fact, Persona, Step};
use crate::telegram::media::{
    FACES, INVOICE, PHOTO_CHAIR, PHOTO_LABEL, PHOTO_MUG, PHOTO_PARCEL, PHOTO_PHONE, PHOTO_RECEIPT, STICKER_HEART,
    STICKER_SMILE, VOICE_2S, VOICE_4S, VOICE_7S,
};

const ORDER: &[&str] = &["номер заказа", "какой заказ", "номером заказа", "заказ №"];
const PHONE: &[&str] = &["телефон", "номер для связи", "позвонить", "перезвон"];
const ADDRESS: &[&str] = &["адрес", "какой город", "каком городе", "куда доставить", "район"];
const NAME: &[&str] = &["как вас зовут", "ваше имя", "к вам обращаться", "представьтесь"];

const fn words(heard: &'static [&'static str], answer: &'static str) -> Fact {
    Fact { heard, answer: Words(answer) }
}

const fn phone(number: &'static str) -> Fact {
    Fact { heard: PHONE, answer: Phone(number) }
}

const YES_NO: &[(&[&str], &str)] = &[
    (&["к сожалению", "нет в наличии", "не можем", "невозможно", "закончил"], "Жаль… А когда появится?"),
    (&["сколько", "какой", "какая", "какие", "уточните"], "Пока не знаю точно, посоветуйте, пожалуйста"),
    (&["?"], "Да, верно"),
];

pub(super) const PEOPLE: &[Persona] = &[
    Persona {
        first_name: "Анна",
        last_name: "Иванова",
        username: Some("anna_client"),
        language: "ru",
        face: FACES[0],
        facts: &[
            words(ORDER, "Заказ 1042, от вторника"),
            phone("+79990000001"),
            words(ADDRESS, "Казань, улица Баумана, 12, кв. 7"),
            words(NAME, "Анна"),
        ],
        talks: &[BROKEN_MUG, GIFT_WRAP],
        impatient: "Подскажите, вы тут?",
        leaving: "Ладно, напишу позже",
        polite: "Да, всё хорошо, спасибо!",
    },
    Persona {
        first_name: "Пётр",
        last_name: "Смирнов",
        username: None,
        language: "ru",
        face: FACES[1],
        facts: &[words(ORDER, "1057"), phone("+79990000002"), Fact { heard: ADDRESS, answer: At(59.93863, 30.31413) }],
        talks: &[WHERE_IS_IT, INVOICE_PLEASE],
        impatient: "Ау",
        leaving: "Понятно. Позвоню по телефону.",
        polite: "Всё ок",
    },
    Persona {
        first_name: "Мария",
        last_name: "Кузнецова",
        username: Some("masha_k"),
        language: "ru",
        face: FACES[2],
        facts: &[words(ORDER, "Я ещё не заказывала 🙂"), words(ADDRESS, "Екатеринбург, центр"), words(NAME, "Мария")],
        talks: &[CHAIRS, THANKS],
        impatient: "Извините, что тороплю, но очень нужно сегодня",
        leaving: "Видимо, никого нет. Загляну завтра!",
        polite: "Нет-нет, вопросов больше нет 🙂",
    },
    Persona {
        first_name: "Дмитрий",
        last_name: "Орлов",
        username: Some("orlov_d"),
        language: "ru",
        face: FACES[3],
        facts: &[words(ORDER, "заказ 998"), phone("+79990000004"), words(ADDRESS, "Самара, Ленинская 40")],
        talks: &[APP_ERROR, RETURN_JACKET],
        impatient: "Кто-нибудь ответит?",
        leaving: "Сервис, конечно…",
        polite: "да, разобрался",
    },
    Persona {
        first_name: "Ольга",
        last_name: "Лебедева",
        username: None,
        language: "ru",
        face: FACES[4],
        facts: &[
            words(ORDER, "Номер не помню, но на имя Лебедевой"),
            phone("+79990000005"),
            Fact { heard: ADDRESS, answer: At(55.7963, 49.1088) },
        ],
        talks: &[BY_VOICE, OPENING_HOURS],
        impatient: "Алло? Есть кто?",
        leaving: "Ну хорошо, до свидания",
        polite: "Нет, спасибо большое",
    },
    Persona {
        first_name: "Сергей",
        last_name: "Волков",
        username: Some("volkov_opt"),
        language: "ru",
        face: FACES[5],
        facts: &[
            words(ORDER, "Это новый заказ, для кафе"),
            phone("+79990000006"),
            words(ADDRESS, "Нижний Новгород, Рождественская 20"),
            words(&["организац", "юрлицо", "реквизит", "инн"], "ИП Волков, реквизиты пришлю на почту"),
        ],
        talks: &[WHOLESALE, DENTED_PARCEL],
        impatient: "Актуально ещё, жду ответа",
        leaving: "Ок, спрошу у других",
        polite: "Всё устраивает, спасибо",
    },
];

const BROKEN_MUG: &[Step] = &[
    Says("Здравствуйте!"),
    Says("Пришла кружка, а она разбита 😔"),
    Photo(PHOTO_MUG, "Вот такая"),
    Waits,
    Replies(
        &[
            (&["замен", "новую", "отправим"], "Замена подойдёт, спасибо! Старую нужно возвращать?"),
            (&["вернём", "вернем", "возврат", "деньги"], "А можно не деньги, а новую кружку?"),
        ],
        "Хочу замену, если можно. Что для этого нужно?",
    ),
    Waits,
    Says("Поняла, спасибо большое!"),
    Sticker(STICKER_HEART, "❤️"),
];

const GIFT_WRAP: &[Step] = &[
    Says("Добрый день! А вы упаковываете в подарок?"),
    Waits,
    Replies(
        &[(&["нет", "не упак"], "Жаль. А открытку вложить можно?")],
        "Отлично! Тогда две синие кружки в одной коробке",
    ),
    Waits,
    Reacts("👍"),
    Says("Спасибо, оформляю на сайте"),
];

const WHERE_IS_IT: &[Step] = &[
    Says("где заказ 1057"),
    Says("обещали вчера"),
    Waits,
    Replies(
        &[
            (&["завтра", "сегодня"], "точно? в прошлый раз тоже так говорили"),
            (&["извин", "прос", "задерж"], "извинения это хорошо, но когда привезут?"),
        ],
        "и когда?",
    ),
    Waits,
    Says("ок жду"),
];

const INVOICE_PLEASE: &[Step] = &[
    Says("Оплатил счёт, платёжка во вложении"),
    Paper(INVOICE, "Платёжное поручение 5.pdf", ""),
    Says("Когда отгрузите?"),
    Waits,
    Says("Принял"),
];

const CHAIRS: &[Step] = &[
    Says("Здравствуйте! Подскажите, такой стул ещё есть?"),
    Photo(PHOTO_CHAIR, ""),
    Waits,
    Replies(
        &[
            (&["есть", "в наличии", "да"], "Чудесно! Нужно 4 шутки, за сколько отдадите?"),
            (&["нет", "закончил"], "Ой, как жалко. А похожие есть?"),
        ],
        "А какие ещё цвета бывают?",
    ),
    Corrects("Нужно 4 штуки, за сколько отдадите?"),
    Waits,
    Replies(YES_NO, "Хорошо, беру! Доставка до подъезда?"),
    Waits,
    Says("Спасибо, вы очень помогли 🙂"),
    Sticker(STICKER_SMILE, "😄"),
];

const THANKS: &[Step] = &[
    Says("Стулья приехали, всё супер!"),
    Album(&[PHOTO_CHAIR, PHOTO_RECEIPT], "Собрали за вечер"),
    Says("Можно ещё один такой же заказать?"),
    Waits,
    Replies(YES_NO, "Тогда оформляйте, пожалуйста"),
    Waits,
    Reacts("❤"),
];

const APP_ERROR: &[Step] = &[
    Says("Не могу оплатить, приложение пишет ошибку"),
    Photo(PHOTO_PHONE, "вот"),
    Waits,
    Replies(
        &[
            (&["обнов", "переустанов"], "обновил, то же самое"),
            (&["карт", "банк"], "карта рабочая, только что ей платил"),
        ],
        "и что делать?",
    ),
    Waits,
    Says("о, заработало"),
    Reacts("👌"),
];

const RETURN_JACKET: &[Step] = &[
    Says("Хочу вернуть куртку, не подошёл размер"),
    Photo(PHOTO_LABEL, "бирка на месте"),
    Waits,
    Replies(&[(&["обмен", "размер"], "да, нужен L вместо M")], "а за доставку обратно кто платит?"),
    Waits,
    Replies(YES_NO, "ладно, договорились"),
];

const BY_VOICE: &[Step] =
    &[Says("Здравствуйте, мне проще голосом"), Voice(VOICE_7S), Waits, Voice(VOICE_4S), Waits, Says("Спасибо вам!")];

const OPENING_HOURS: &[Step] = &[
    Says("До скольки вы сегодня работаете?"),
    Says("И есть ли у вас парковка?"),
    Waits,
    Says("Я вот здесь, далеко до вас?"),
    Place(55.7963, 49.1088),
    Waits,
    Voice(VOICE_2S),
];

const WHOLESALE: &[Step] = &[
    Says("Добрый день. Интересует опт: 200 кружек с логотипом. Какая цена и сроки?"),
    Waits,
    Replies(
        &[
            (&["макет", "логотип", "файл"], "Логотип пришлю в векторе. Предоплата какая?"),
            (&["цена", "руб", "₽", "шт"], "Дороговато. Если 500 штук, скидка будет?"),
        ],
        "А если 500 штук?",
    ),
    Waits,
    Replies(YES_NO, "Подходит. Пришлите, пожалуйста, договор и счёт"),
    Waits,
    Says("Спасибо, на связи"),
];

const DENTED_PARCEL: &[Step] = &[
    Says("Коробку помяли при доставке"),
    Album(&[PHOTO_PARCEL, PHOTO_MUG, PHOTO_RECEIPT], "Внутри одна разбита, чек приложил"),
    Video("А вот как открывали"),
    Waits,
    Replies(&[(&["замен", "возврат", "верн"], "Замену, пожалуйста, с ближайшей отгрузкой")], "Что предлагаете?"),
    Waits,
    Says("Договорились"),
];
