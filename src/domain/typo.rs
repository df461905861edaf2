//! Slips of the finger in addresses, found without a network.

use super::EmailAddress;

/// Where most people have their mail.
const LARGE: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "hotmail.co.uk",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.fr",
    "yahoo.de",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "virgilio.it",
    "tiscali.it",
    "ziggo.nl",
    "kpnmail.nl",
    "planet.nl",
    "wp.pl",
    "onet.pl",
    "o2.pl",
    "interia.pl",
    "btinternet.com",
    "sky.com",
    "virginmedia.com",
    "talktalk.net",
    "proton.me",
    "protonmail.com",
    "bluewin.ch",
    "telefonica.net",
];
/// Endings that are slips of well-known ones.
const ENDINGS: &[(&str, &str)] = &[
    (".con", ".com"),
    (".cmo", ".com"),
    (".ocm", ".com"),
    (".vom", ".com"),
    (".comm", ".com"),
    (".co.uk.com", ".co.uk"),
    (".couk", ".co.uk"),
    (".dee", ".de"),
    (".nett", ".net"),
    (".ner", ".net"),
    (".ogr", ".org"),
];

/// What may have been meant instead of `text`, when it looks like a slip; `known` are the domains that
/// mails of this shop have reached.
///
/// A domain that is known, or is large, is never called a slip.
#[must_use]
pub fn meant(text: &str, known: &[String]) -> Option<EmailAddress> {
    let text = text.trim();
    let clean = text.trim_end_matches(['.', ',', ';']).replace(' ', "").replace(",", ".");
    let (local, domain) = clean.rsplit_once('@')?;
    let domain = domain.to_lowercase().replace("..", ".");
    let is_known = |d: &str| LARGE.contains(&d) || known.iter().any(|k| k == d);
    let corrected = if is_known(&domain) {
        domain.clone()
    } else {
        nearest(&domain, known).unwrap_or_else(|| domain.clone())
    };
    let meant = EmailAddress::parse(&format!("{local}@{corrected}")).ok()?;
    (meant.key() != text.to_lowercase() && EmailAddress::parse(text).map_or(true, |as_is| as_is != meant))
        .then_some(meant)
}

fn nearest(domain: &str, known: &[String]) -> Option<String> {
    let all = || known.iter().map(String::as_str).chain(LARGE.iter().copied());
    if !domain.contains('.') {
        return all().find(|d| d.split('.').next() == Some(domain)).map(str::to_owned);
    }
    if let Some((slip, right)) = ENDINGS.iter().find(|(slip, _)| domain.ends_with(slip)) {
        return domain.strip_suffix(slip).map(|stem| format!("{stem}{right}"));
    }
    // Short names are near each other by chance: me.com, ge.com. Two letters swapped count as one slip.
    let near = |d: &&str| d.len() >= 8 && strsim::damerau_levenshtein(d, domain) == 1;
    let near_large =
        |d: &&str| d.len() >= 7 && strsim::damerau_levenshtein(d, domain) == 1 && same_ending(d, domain);
    known
        .iter()
        .map(String::as_str)
        .find(near)
        .or_else(|| LARGE.iter().copied().find(near_large))
        .map(str::to_owned)
}

/// `gmx.de` and `gmx.me` are two shops, `gmal.com` and `gmail.com` most likely one.
fn same_ending(a: &str, b: &str) -> bool {
    let ending = |d: &str| d.rsplit_once('.').map(|(_, e)| e.to_owned());
    ending(a) == ending(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_good_addresses_left_alone() {
        let known = vec!["fixandgo.example".to_owned(), "gmial.example".to_owned()];
        for (typed, want) in [
            ("anna@gmial.com", "anna@gmail.com"),
            ("anna@gamil.com", "anna@gmail.com"),
            ("anna@gmail.con", "anna@gmail.com"),
            ("anna@gmail", "anna@gmail.com"),
            ("anna@gmail.com.", "anna@gmail.com"),
            ("anna@gmail,com", "anna@gmail.com"),
            ("anna @gmail.com", "anna@gmail.com"),
            ("anna@hotmial.co.uk", "anna@hotmail.co.uk"),
            ("anna@fixadngo.example", "anna@fixandgo.example"),
            ("anna@fixandgo.exmaple", "anna@fixandgo.example"),
            ("anna@fixandgo", "anna@fixandgo.example"),
            ("anna@shop..example", "anna@shop.example"),
        ] {
            assert_eq!(meant(typed, &known).map(|a| a.to_string()).as_deref(), Some(want), "{typed}");
        }
        for good in [
            "anna@gmail.com",
            "Anna@GMAIL.com",
            "a@me.com",
            "a@ge.com",
            "a@gmx.me",
            "a@mail.example",
            "a@gmial.example",
            "nobody",
            "",
        ] {
            assert_eq!(meant(good, &known), None, "{good}");
        }
    }
}
