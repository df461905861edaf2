//! Units of quantity as programs know them.

use en16931::codes;

/// The codes of words that shops write for a unit, in the seven languages of the labels.
///
/// # Source
/// UN/ECE Recommendation 20, with the codes BT-130 takes.
const WORDS: &[(&str, &[&str])] = &[
    (
        "H87",
        &[
            "pc", "pcs", "piece", "pieces", "ea", "each", "stk", "stück", "st", "pce", "pièce", "pièces",
            "pz", "pezzo", "pezzi", "ud", "uds", "unidad", "unidades", "stuk", "stuks", "szt", "sztuka",
        ],
    ),
    (
        "HUR",
        &[
            "h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "heure", "heures", "ora", "ore",
            "hora", "horas", "uur", "godz", "godzina",
        ],
    ),
    ("MIN", &["min", "minute", "minutes", "minuten"]),
    (
        "DAY",
        &[
            "day", "days", "tag", "tage", "jour", "jours", "giorno", "giorni", "día", "días", "dag", "dagen",
            "dzień", "dni",
        ],
    ),
    (
        "MON",
        &["month", "months", "monat", "monate", "mois", "mese", "mesi", "mes", "meses", "maand", "maanden"],
    ),
    ("MTR", &["m", "meter", "metre", "metres", "mètre", "mètres"]),
    ("CMT", &["cm"]),
    ("MMT", &["mm"]),
    ("KMT", &["km"]),
    ("MTK", &["m2", "m²", "qm", "sqm"]),
    ("KGM", &["kg"]),
    ("GRM", &["g", "gr"]),
    ("LTR", &["l", "ltr", "litre", "liter", "litro"]),
    ("MLT", &["ml"]),
    ("PR", &["pair", "pairs", "paar", "paire", "paires", "para"]),
    ("SET", &["set", "sets", "satz", "kit"]),
];

/// The code for a unit as the shop writes it; nothing when the word is not known.
pub(super) fn code(unit: &str) -> Option<&'static str> {
    let word = unit.trim().trim_end_matches('.').to_lowercase();
    if word.is_empty() {
        // "One": a quantity of nothing in particular.
        return Some("C62");
    }
    let known = WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(code, _)| *code);
    known.or_else(|| codes::generated::UNIT_CODES.iter().copied().find(|c| *c == unit.trim()))
}
