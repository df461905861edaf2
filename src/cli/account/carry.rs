//! Which mails an account carries, for people.

use crate::wire::CarriesShape;

/// A line of `account show`, where there is anything to say.
pub(super) fn line(carries: &CarriesShape) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for (sort, names) in
        [("users", &carries.users), ("channels", &carries.channels), ("kinds", &carries.kinds)]
    {
        if !names.is_empty() {
            all.push(format!("{sort} {}", names.join(", ")));
        }
    }
    if carries.default {
        all.push("all others".to_owned());
    }
    (!all.is_empty()).then(|| format!("carries     {}", all.join("; ")))
}
