//! The rules that know a secret by its shape, as data.
//!
//! A row is tried only where one of its keywords stands, so that a text without any costs one look at it. The patterns are
//! written from what the issuers publish of their tokens; each is as long as the token's fixed parts allow, since a
//! gate that is often wrong is soon switched off.

use super::shapes;

/// How a secret of one shape is found.
pub(super) struct Rule {
    /// The rule's name in a policy; several rows may share one.
    pub(super) name: &'static str,
    /// What it finds, for people.
    pub(super) what: &'static str,
    /// Texts of which one stands in every secret of this shape, in the case that is written here.
    pub(super) keywords: &'static [&'static str],
    /// What the secret looks like.
    pub(super) pattern: Pattern,
}

/// What a secret looks like.
pub(super) enum Pattern {
    /// A regular expression that begins at the keyword; the secret is its group 1 where it has one, else the whole match.
    From(&'static str),
    /// One that begins before the keyword.
    Around(&'static str),
    /// What an expression can't say: from the text and the place of the keyword to where the secret stands.
    Shape(fn(&[u8], usize) -> Option<std::ops::Range<usize>>),
}

const fn row(
    name: &'static str,
    what: &'static str,
    keywords: &'static [&'static str],
    expression: &'static str,
) -> Rule {
    Rule { name, what, keywords, pattern: Pattern::From(expression) }
}

const fn around(
    name: &'static str,
    what: &'static str,
    keywords: &'static [&'static str],
    expression: &'static str,
) -> Rule {
    Rule { name, what, keywords, pattern: Pattern::Around(expression) }
}

const fn shape(
    name: &'static str,
    what: &'static str,
    keywords: &'static [&'static str],
    function: fn(&[u8], usize) -> Option<std::ops::Range<usize>>,
) -> Rule {
    Rule { name, what, keywords, pattern: Pattern::Shape(function) }
}

/// All rows. Of two that find the same text the first counts.
pub(super) static RULES: [Rule; 59] = [
    shape("private-key", "a private key", &["-----BEGIN "], shapes::pem),
    shape("private-key", "a private key in base64", &["LS0tLS1CRUdJTi"], shapes::encoded_pem),
    row("private-key", "a private key of PuTTY", &["PuTTY-User-Key-File-"], r"PuTTY-User-Key-File-[23]: \S+"),
    row("private-key", "a private key of age", &["AGE-SECRET-KEY-1"], r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    shape("url-password", "a URL with a password", &["://"], shapes::url_password),
    around(
        "connection-string",
        "a connection string with a password",
        &["assword=", "Pwd=", "pwd=", "PWD="],
        r#"(?i)(?:jdbc:|server=|host=|data source=|user id=|uid=|username=)[^\r\n"'<>]*[?;&](?:password|pwd)=([^;&\s"'<>${}]{4,})"#,
    ),
    around(
        "basic-auth",
        "credentials of HTTP's basic authentication",
        &["Basic ", "basic "],
        r#"(?i)\bauthorization\b["']?\s*[:=,]?\s*["']?basic\s+([a-z0-9+/]{12,}={0,2})"#,
    ),
    row(
        "registry-auth",
        "credentials of an image registry",
        &["\"auth\""],
        r#""auth"\s*:\s*"([A-Za-z0-9+/]{8,}={0,2})""#,
    ),
    row(
        "aws-access-key",
        "an access key of AWS",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
    ),
    row(
        "aws-secret-key",
        "a secret key of AWS",
        &["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "secretAccessKey"],
        r#"(?:aws_secret_access_key|AWS_SECRET_ACCESS_KEY|secretAccessKey)["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=])"#,
    ),
    row(
        "github-token",
        "a token of GitHub",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b",
    ),
    row(
        "github-token",
        "a fine-grained token of GitHub",
        &["github_pat_"],
        r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
    ),
    row(
        "gitlab-token",
        "a token of GitLab",
        &["glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glsoat-", "glcbt-", "glagent-", "gloas-"],
        r"\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|agent|oas)-[A-Za-z0-9_-]{20,}",
    ),
    row(
        "slack-token",
        "a token of Slack",
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe", "xapp-"],
        r"\b(?:xox[bpars]|xoxe(?:\.xox[bp])?|xapp)-[0-9A-Za-z]+-[0-9A-Za-z-]{16,}",
    ),
    row(
        "slack-webhook",
        "a webhook of Slack",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9]{8,}/[A-Za-z0-9]{8,}/[A-Za-z0-9]{16,})",
    ),
    row(
        "stripe-key",
        "a key of Stripe",
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"],
        r"\b(?:(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,})",
    ),
    row("google-key", "an API key of Google", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}(?:$|[^A-Za-z0-9_-])"),
    row(
        "google-oauth",
        "an OAuth secret of Google",
        &["GOCSPX-", "ya29."],
        r"\b(?:GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20,})",
    ),
    row(
        "gcp-service-account",
        "a key of a Google service account",
        &["private_key_id"],
        r#"private_key_id\\?"\s*:\s*\\?"([0-9a-f]{40})"#,
    ),
    row(
        "jwt",
        "a JSON web token",
        &["eyJ"],
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}",
    ),
    row("npm-token", "a token of npm", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    row("pypi-token", "a token of PyPI", &["pypi-AgE"], r"\bpypi-AgE[A-Za-z0-9_-]{60,}"),
    row("rubygems-token", "a token of RubyGems", &["rubygems_"], r"\brubygems_[0-9a-f]{48}\b"),
    row("twilio-key", "a key of Twilio", &["SK"], r"\bSK[0-9a-f]{32}\b"),
    row("sendgrid-key", "a key of SendGrid", &["SG."], r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    row("mailgun-key", "a key of Mailgun", &["key-"], r"\bkey-[0-9a-f]{32}\b"),
    shape("mailchimp-key", "a key of Mailchimp", &["-us"], shapes::mailchimp),
    row(
        "azure-storage-key",
        "a storage key of Azure",
        &["AccountKey=", "SharedAccessKey="],
        r"\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{42,86}={1,2})",
    ),
    around(
        "azure-sas",
        "a shared access signature of Azure",
        &["sig="],
        r"\bs[ev]=[^\s]*\bsig=([A-Za-z0-9%+/]{43,}(?:=|%3[Dd])?)",
    ),
    around(
        "azure-client-secret",
        "a client secret of Azure",
        &["Q~"],
        r#"(?:^|[^A-Za-z0-9_~.-])([A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})(?:$|[^A-Za-z0-9_~.-])"#,
    ),
    row("vault-token", "a token of Vault", &["hvs.", "hvb.", "hvr."], r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}"),
    around(
        "terraform-token",
        "a token of HCP Terraform",
        &[".atlasv1."],
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
    ),
    row(
        "digitalocean-token",
        "a token of DigitalOcean",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        r"\bdo[opr]_v1_[0-9a-f]{64}\b",
    ),
    row(
        "new-relic-key",
        "a key of New Relic",
        &["NRAK-", "NRJS-"],
        r"\b(?:NRAK-[A-Z0-9]{27}|NRJS-[0-9a-f]{19})\b",
    ),
    row(
        "shopify-token",
        "a token of Shopify",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b",
    ),
    row(
        "square-token",
        "a token of Square",
        &["sq0atp-", "sq0csp-"],
        r"\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}",
    ),
    around(
        "telegram-token",
        "a token of a Telegram bot",
        &[":AA"],
        r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?:$|[^A-Za-z0-9_-])",
    ),
    row(
        "discord-webhook",
        "a webhook of Discord",
        &["/api/webhooks/"],
        r"/api/webhooks/[0-9]{15,}/([A-Za-z0-9_-]{60,})",
    ),
    row(
        "teams-webhook",
        "a webhook of Microsoft Teams",
        &["webhook.office.com"],
        r"webhook\.office\.com/webhookb2/([0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}/[0-9a-f-]{36})",
    ),
    row(
        "openai-key",
        "a key of OpenAI",
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}",
    ),
    around(
        "openai-key",
        "an older key of OpenAI",
        &["T3BlbkFJ"],
        r"\bsk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}",
    ),
    row("anthropic-key", "a key of Anthropic", &["sk-ant-"], r"\bsk-ant-[a-z]+[0-9]{2}-[A-Za-z0-9_-]{80,}"),
    row("hugging-face-token", "a token of Hugging Face", &["hf_"], r"\bhf_[A-Za-z]{34}\b"),
    row("databricks-token", "a token of Databricks", &["dapi"], r"\bdapi[0-9a-f]{32}\b"),
    row(
        "grafana-token",
        "a token of Grafana",
        &["glsa_", "glc_"],
        r"\b(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_eyJ[A-Za-z0-9+/=]{32,})",
    ),
    row("pulumi-token", "a token of Pulumi", &["pul-"], r"\bpul-[0-9a-f]{40}\b"),
    row(
        "docker-token",
        "a token of Docker Hub",
        &["dckr_pat_", "dckr_oat_"],
        r"\bdckr_[po]at_[A-Za-z0-9_-]{27,}",
    ),
    row(
        "doppler-token",
        "a token of Doppler",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}",
    ),
    row("linear-key", "a key of Linear", &["lin_api_"], r"\blin_api_[A-Za-z0-9]{40}\b"),
    row("notion-token", "a token of Notion", &["ntn_"], r"\bntn_[A-Za-z0-9]{46}\b"),
    row("postman-key", "a key of Postman", &["PMAK-"], r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    row(
        "sentry-token",
        "a token of Sentry",
        &["sntrys_", "sntryu_"],
        r"\b(?:sntryu_[0-9a-f]{64}|sntrys_eyJ[A-Za-z0-9+/=_]{60,})",
    ),
    row("atlassian-token", "a token of Atlassian", &["ATATT3"], r"\bATATT3[A-Za-z0-9_=-]{100,}"),
    row("artifactory-token", "a token of Artifactory", &["AKCp"], r"\bAKCp[A-Za-z0-9]{65,}\b"),
    row("firebase-key", "a server key of Firebase", &["AAAA"], r"\bAAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{140}"),
    row(
        "fly-token",
        "a token of Fly.io",
        &["FlyV1 ", "fo1_"],
        r"(?:FlyV1 fm[0-9]_[A-Za-z0-9+/=,_-]{60,}|\bfo1_[A-Za-z0-9_-]{43})",
    ),
    row("supabase-token", "a token of Supabase", &["sbp_"], r"\bsbp_[0-9a-f]{40}\b"),
    row(
        "planetscale-token",
        "a password or token of PlanetScale",
        &["pscale_"],
        r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}",
    ),
    row("alibaba-key", "an access key of Alibaba Cloud", &["LTAI"], r"\bLTAI[A-Za-z0-9]{16,20}\b"),
];

/// The names of rules that no row has: what they find depends on where it stands.
pub(super) const SECRET_DATA: &str = "secret-data";
pub(super) const SOPS_DECRYPTED: &str = "sops-decrypted";
pub(super) const PASSWORD: &str = "password";
pub(super) const HIGH_ENTROPY: &str = "high-entropy";
