//! Names of settings in the environment, which of them are taken as they are, and what may be
//! told of one that does not parse.

/// The variable of a setting.
pub(super) fn env_name(setting: &str) -> String {
    format!("MYSHOP_{}", setting.replace('.', "__").to_uppercase())
}

/// Whether a variable, named without its prefix, is one of [`VERBATIM`].
pub(super) fn is_verbatim(key: &str) -> bool {
    VERBATIM
        .iter()
        .any(|(_, setting)| setting.replace('.', "__").eq_ignore_ascii_case(key))
}

/// Sections with secrets.
const SECRET_SECTIONS: [&str; 3] = ["auth", "mail", "payments"];

/// Texts that are taken from the environment as they are: parsed like the others, one of digits
/// would be a number, which is refused or changed.
pub(super) const VERBATIM: [(&str, &str); 7] = [
    ("MYSHOP_AUTH__FIRST_ADMIN__PASSWORD", "auth.first_admin.password"),
    ("MYSHOP_MAIL__SMTP_PASSWORD", "mail.smtp_password"),
    ("MYSHOP_PAYMENTS__PAYPAL__CLIENT_ID", "payments.paypal.client_id"),
    (
        "MYSHOP_PAYMENTS__PAYPAL__CLIENT_SECRET",
        "payments.paypal.client_secret",
    ),
    ("MYSHOP_PAYMENTS__PAYPAL__WEBHOOK_ID", "payments.paypal.webhook_id"),
    ("MYSHOP_PAYMENTS__STRIPE__SECRET_KEY", "payments.stripe.secret_key"),
    (
        "MYSHOP_PAYMENTS__STRIPE__PUBLISHABLE_KEY",
        "payments.stripe.publishable_key",
    ),
];

/// What did not parse. Of anything in a section with secrets only the place: the value may be one.
pub(super) fn told(error: &figment::Error) -> String {
    let each = error.clone().into_iter().map(|error| {
        let is_secret = error.path.first().is_some_and(|section| {
            SECRET_SECTIONS
                .iter()
                .any(|secret| section.eq_ignore_ascii_case(secret))
        });
        if is_secret {
            format!(
                "`{}` has a value of another kind than it takes",
                error.path.join(".").to_lowercase()
            )
        } else {
            error.to_string()
        }
    });
    each.collect::<Vec<_>>().join("; ")
}
