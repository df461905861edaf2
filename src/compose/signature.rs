//! What stands below the text of a mail.

/// Below the text of a mail, behind the line that programs know a signature by (RFC 3676 section 4.3).
#[must_use]
pub fn signed(text: String, signature: &str) -> String {
    if signature.is_empty() {
        return text;
    }
    format!("{}\n\n-- \n{}\n", text.trim_end_matches('\n'), signature.trim_end())
}

/// The same in HTML, before its end where that is written.
#[must_use]
pub fn signed_html(html: &str, signature: &str) -> String {
    if signature.is_empty() {
        return html.to_owned();
    }
    let lines: Vec<String> = signature.trim_end().lines().map(escaped).collect();
    let block = format!("<p>-- <br>{}</p>", lines.join("<br>"));
    let lower = html.to_ascii_lowercase();
    let end = lower.rfind("</body>").or_else(|| lower.rfind("</html>")).unwrap_or(html.len());
    let (before, after) = html.split_at(end);
    format!("{before}{block}{after}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_stands_below_the_text_and_inside_the_page() {
        assert_eq!(signed("Hello\n\n".into(), "Shop\n"), "Hello\n\n-- \nShop\n");
        assert_eq!(signed("Hello\n".into(), ""), "Hello\n");
        assert_eq!(
            signed_html("<p>x</p></BODY></html>", "A & B\n<c>"),
            "<p>x</p><p>-- <br>A &amp; B<br>&lt;c&gt;</p></BODY></html>"
        );
        assert_eq!(signed_html("<p>x</p>", "S"), "<p>x</p><p>-- <br>S</p>");
    }
}
