//! Planted secrets, all found, and what isn't one, left alone. No token stands whole in this file: each is put together from
//! its parts when the test runs.

use pretty_assertions::assert_eq;

use super::*;

/// Characters drawn from an alphabet, the same in every run.
struct Dice(u64);

const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Dice {
    fn draw(&mut self, alphabet: &str, count: usize) -> String {
        let alphabet = alphabet.as_bytes();
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(alphabet[(self.0 % alphabet.len() as u64) as usize])
        };
        (0..count).map(|_| next()).collect()
    }

    fn token(&mut self, count: usize) -> String {
        self.draw(BASE62, count)
    }

    fn hex(&mut self, count: usize) -> String {
        self.draw(HEX, count)
    }
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    let alphabet: Vec<char> = format!("{BASE62}+/").chars().collect();
    for chunk in text.as_bytes().chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let symbol = alphabet[(bits >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= chunk.len() { symbol } else { '=' });
        }
    }
    out
}

/// A key in PEM.
fn pem(dice: &mut Dice, label: &str) -> String {
    let lines: Vec<String> = (0..6).map(|_| dice.token(64)).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

/// Tokens of known shapes with the rules that find them.
fn tokens(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let plain = [
        ("aws-access-key", "AKIA", UPPER, 16),
        ("aws-access-key", "ASIA", UPPER, 16),
        ("github-token", "ghp_", BASE62, 36),
        ("github-token", "gho_", BASE62, 36),
        ("github-token", "ghs_", BASE62, 36),
        ("gitlab-token", "glpat-", BASE62, 20),
        ("gitlab-token", "glrt-", BASE62, 20),
        ("stripe-key", "sk_live_", BASE62, 24),
        ("stripe-key", "rk_live_", BASE62, 24),
        ("stripe-key", "whsec_", BASE62, 32),
        ("google-key", "AIza", BASE62, 35),
        ("google-oauth", "GOCSPX-", BASE62, 28),
        ("npm-token", "npm_", BASE62, 36),
        ("pypi-token", "pypi-AgEIcHlwaS5vcmc", BASE62, 80),
        ("rubygems-token", "rubygems_", HEX, 48),
        ("twilio-key", "SK", HEX, 32),
        ("mailgun-key", "key-", HEX, 32),
        ("vault-token", "hvs.", BASE62, 90),
        ("digitalocean-token", "dop_v1_", HEX, 64),
        ("new-relic-key", "NRAK-", UPPER, 27),
        ("shopify-token", "shpat_", HEX, 32),
        ("square-token", "sq0csp-", BASE62, 43),
        ("anthropic-key", "sk-ant-api03-", BASE62, 95),
        ("openai-key", "sk-proj-", BASE62, 48),
        ("hugging-face-token", "hf_", LETTERS, 34),
        ("databricks-token", "dapi", HEX, 32),
        ("pulumi-token", "pul-", HEX, 40),
        ("docker-token", "dckr_pat_", BASE62, 27),
        ("doppler-token", "dp.st.", BASE62, 44),
        ("linear-key", "lin_api_", BASE62, 40),
        ("notion-token", "ntn_", BASE62, 46),
        ("sentry-token", "sntryu_", HEX, 64),
        ("atlassian-token", "ATATT3", BASE62, 186),
        ("artifactory-token", "AKCp", BASE62, 69),
        ("supabase-token", "sbp_", HEX, 40),
        ("planetscale-token", "pscale_tkn_", BASE62, 43),
        ("alibaba-key", "LTAI", BASE62, 20),
        ("fly-token", "fo1_", BASE62, 43),
        ("private-key", "AGE-SECRET-KEY-1", UPPER, 58),
    ];
    for (rule, prefix, alphabet, count) in plain {
        all.push((rule, format!("{prefix}{}", dice.draw(alphabet, count))));
    }
    all.push(("github-token", format!("github_pat_{}_{}", dice.token(22), dice.token(59))));
    all.push(("slack-token", format!("xoxb-{}-{}", dice.draw("0123456789", 12), dice.token(24))));
    all.push(("slack-token", format!("xoxp-{}-{}", dice.draw("0123456789", 12), dice.token(32))));
    let hook = format!("T{}/B{}/{}", dice.draw(UPPER, 9), dice.draw(UPPER, 9), dice.token(24));
    all.push(("slack-webhook", format!("https://hooks.slack.com/services/{hook}")));
    all.push(("jwt", format!("eyJ{}.eyJ{}.{}", dice.token(20), dice.token(60), dice.token(43))));
    all.push(("sendgrid-key", format!("SG.{}.{}", dice.token(22), dice.token(43))));
    all.push(("mailchimp-key", format!("{}-us{}", dice.hex(32), 12)));
    all.push(("azure-storage-key", format!("AccountName=x;AccountKey={}==;", dice.token(86))));
    all.push(("azure-client-secret", format!("{}8Q~{}", dice.token(3), dice.token(34))));
    all.push(("azure-sas", format!("https://x.example.org/c?sv=2024-01-01&sr=c&sig={}%3D", dice.token(43))));
    all.push(("terraform-token", format!("{}.atlasv1.{}", dice.token(14), dice.token(67))));
    all.push(("telegram-token", format!("{}:AA{}", dice.draw("123456789", 10), dice.token(33))));
    let hook = format!("{}/{}", dice.draw("123456789", 18), dice.token(68));
    all.push(("discord-webhook", format!("https://discord.com/api/webhooks/{hook}")));
    all.push(("grafana-token", format!("glsa_{}_{}", dice.token(32), dice.hex(8))));
    all.push(("postman-key", format!("PMAK-{}-{}", dice.hex(24), dice.hex(34))));
    all.push(("openai-key", format!("sk-{}T3BlbkFJ{}", dice.token(20), dice.token(20))));
    all.push(("firebase-key", format!("AAAA{}:{}", dice.token(7), dice.token(140))));
    for scheme in ["postgres", "mysql", "mongodb+srv", "redis", "amqp", "https"] {
        all.push(("url-password", format!("{scheme}://app:{}@db.example.org/app", dice.token(14))));
    }
    all.push(("connection-string", format!("Server=db;User Id=app;Password={};", dice.token(12))));
    all.push(("connection-string", format!("jdbc:postgresql://db/app?user=app&password={}", dice.token(12))));
    all.push(("basic-auth", format!("Authorization: Basic {}", encode(&format!("app:{}", dice.token(16))))));
    all.push(("registry-auth", format!("{{\"auth\":\"{}\"}}", encode(&format!("app:{}", dice.token(16))))));
    let service_account = format!("{{\"type\":\"service_account\",\"private_key_id\":\"{}\"}}", dice.hex(40));
    all.push(("gcp-service-account", service_account));
    all.push(("aws-secret-key", format!("aws_secret_access_key = {}", dice.token(40))));
    all
}

/// A text in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Objects with one secret each: the rule that must find it, the object, and the secret.
fn planted() -> Vec<(&'static str, String, String)> {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut all = Vec::new();
    let container = |field: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: registry.example.org/web:v1\n{field}"
        )
    };
    let config_map =
        |data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n{data}");
    let block = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    for (index, (rule, token)) in tokens(&mut dice).into_iter().enumerate() {
        let value = quoted(&token);
        let object = match index % 5 {
            0 => container(&format!("        env:\n        - name: SETTING\n          value: {value}\n")),
            1 => container(&format!("        args:\n        - run\n        - {value}\n")),
            2 => config_map(&format!("  setting: {value}\n")),
            3 => config_map(&format!("  app.conf: |\n    first = 1\n    # next\n{}", block(&token))),
            _ => format!(
                "apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: web\nspec:\n  field: {value}\n"
            ),
        };
        all.push((rule, object, token));
    }
    for label in [
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "DSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
    ] {
        let key = pem(&mut dice, label);
        all.push(("private-key", config_map(&format!("  key.pem: |\n{}", block(&key))), key));
    }
    let key = encode(&pem(&mut dice, "RSA PRIVATE KEY"));
    all.push(("private-key", config_map(&format!("  kubeconfig: |\n    client-key-data: {key}\n")), key));
    let secret = |field: &str, value: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n{field}:\n  entry: {value}\n")
    };
    for length in [7, 12, 24, 40] {
        let text = dice.token(length);
        all.push(("secret-data", secret("data", &encode(&text)), text.clone()));
        all.push(("secret-data", secret("stringData", &quoted(&text)), text));
    }
    let text = dice.token(20);
    let list = format!(
        "apiVersion: v1\nkind: List\nmetadata:\n  name: all\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: web\n  data:\n    entry: {}\n",
        encode(&text)
    );
    all.push(("secret-data", list, text));
    for name in ["DB_PASSWORD", "REDIS_PASS", "adminPassword", "SMTP_PWD"] {
        let text = format!("{}7x{}", dice.draw(LETTERS, 4), dice.draw(LETTERS, 4));
        all.push((
            "password",
            container(&format!("        env:\n        - name: {name}\n          value: {text}\n")),
            text.clone(),
        ));
        all.push(("password", config_map(&format!("  {name}: {text}\n")), text));
    }
    let text = format!("{}4k{}", dice.draw(LETTERS, 5), dice.draw(LETTERS, 5));
    all.push(("password", container(&format!("        args:\n        - --admin-password={text}\n")), text));
    let text = format!("{}4k{}", dice.draw(LETTERS, 5), dice.draw(LETTERS, 5));
    all.push((
        "password",
        container(&format!("        args:\n        - --admin-password\n        - {text}\n")),
        text,
    ));
    let text = format!("{}4k{}", dice.draw(LETTERS, 5), dice.draw(LETTERS, 5));
    all.push(("password", config_map(&format!("  app.ini: |\n    [db]\n    password = {text}\n")), text));
    for name in ["API_KEY", "SECRET_KEY_BASE", "authToken", "client-secret", "SESSION_COOKIE_SECRET"] {
        let text = dice.hex(32);
        all.push((
            "high-entropy",
            container(&format!("        env:\n        - name: {name}\n          value: {text}\n")),
            text,
        ));
        let text = dice.token(32);
        all.push(("high-entropy", config_map(&format!("  {name}: {text}\n")), text));
    }
    let text = dice.token(44);
    all.push((
        "high-entropy",
        container(&format!("        env:\n        - name: SETTING\n          value: {text}\n")),
        text,
    ));
    let text = dice.token(44);
    all.push(("high-entropy", container(&format!("        args:\n        - {text}\n")), text));
    let sops =
        "sops:\n  mac: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n  lastmodified: '2026-01-01T00:00:00Z'\n";
    let text = dice.token(12);
    all.push((
        "sops-decrypted",
        format!(
            "apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: web\nspec:\n  field: {text}\n{sops}"
        ),
        text,
    ));
    let text = dice.token(12);
    let lines = format!(
        "  app.env: |\n    ONE=ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n    TWO={text}\n    sops_mac=ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n"
    );
    all.push(("sops-decrypted", config_map(&lines), text));
    let token = format!("ghp_{}", dice.token(36));
    all.push(("github-token", config_map(&format!("  a: b # {token}\n")), token));
    all
}

/// What is found in an object, as rule and field.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let id = ObjectId::of(&goyaml::head(text.as_bytes()).unwrap());
    if may_hold(&id, text.as_bytes()) { found_by_decoding(text) } else { Vec::new() }
}

/// What is found without the quick look.
fn found_by_decoding(text: &str) -> Vec<(&'static str, String)> {
    let object = goyaml::decode(text.as_bytes()).unwrap();
    let hits = object::hits(&object, text.as_bytes());
    hits.into_iter().map(|hit| (hit.rule, field_text(&hit.path))).collect()
}

#[test]
fn every_planted_secret_is_found() {
    let planted = planted();
    assert!(planted.len() >= 100, "{}", planted.len());
    let missed: Vec<(&str, &str, Vec<_>)> = planted
        .iter()
        .map(|(rule, object, _)| (*rule, object.as_str(), found(object)))
        .filter(|(rule, _, found)| found.len() != 1 || found[0].0 != *rule)
        .collect();
    assert_eq!(missed, []);
}

#[test]
fn the_quick_look_lets_nothing_by() {
    let in_json = |object: &str| crate::diff::to_json(&goyaml::decode(object.as_bytes()).unwrap());
    for (rule, object, _) in planted() {
        let json = in_json(&object);
        for text in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
            assert_eq!(found(&text), found_by_decoding(&text), "{rule}: {text}");
        }
    }
    let mut dice = Dice(11);
    let (hex, base62) = (dice.hex(32), dice.token(32));
    let pod = |field: &str| format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n{field}\n");
    for field in [
        "  env:\n  - value: hunter22\n    name: DB_PASSWORD".to_owned(),
        format!("  env:\n  - value: {hex}\n    name: API_KEY"),
        "  env:\n  - name: DB_PASSWORD\n    # as the team says\n\n    # and the others\n    value: hunter22"
            .to_owned(),
        format!("  env:\n  - name: API_KEY\n    # as the team says\n    value: {hex}"),
        format!("  env: [{{name: API_KEY, value: {hex}}}, {{name: DB_PASSWORD, value: hunter22}}]"),
        format!("  env: {{API_KEY: {hex}}}"),
        "  env: {DB_PASSWORD: 'hunter22'}".to_owned(),
        "  args: [--admin-password, hunter22]".to_owned(),
        format!("  args: [\"--api-token\", \"{hex}\"]"),
        format!("  args: ['--api-token={hex}&next=1']"),
        format!("  args: [\"run --api-token={hex}; end\"]"),
        "  password: >-\n    hunter22".to_owned(),
        "  password:\n    hunter22".to_owned(),
        "  \"password\" : hunter22".to_owned(),
        "  'password': ['hunter22']".to_owned(),
        format!("  apiToken: |\n    {base62}"),
        "  template: {\"kind\": \"Secret\", \"apiVersion\": \"v1\", \"data\": {\"a\": \"aHVudGVyMg==\"}}"
            .to_owned(),
        "  template:\n    kind: 'Secret'\n    apiVersion: v1\n    stringData:\n      a: hunter".to_owned(),
        "  resources: '{\"auths\": {\"x\": {\"auth\": \"dXNlcjpwYXNz\"}}}'".to_owned(),
        "  resources: \"{\\\"auths\\\": {\\\"x\\\": {\\\"auth\\\": \\\"dXNlcjpwYXNz\\\"}}}\"".to_owned(),
        format!("  text: \"first\\nSK{hex}\\n\""),
        "  text: \"Authorization: Basic dXNlcjpwYXNzd29yZA==\"".to_owned(),
        "  args: [sh, -c, 'run --verbose --password hunter22 --next']".to_owned(),
        "  env:\n  - name: OPTS\n    value: -Ddb.password=hunter22".to_owned(),
        "  env:\n  - name: DSN\n    value: host=x user=y password=hunter22 port=1".to_owned(),
        "  env:\n  - name: CONF\n    value: '{\"password\":\"hunter22\"}'".to_owned(),
        format!("  env:\n  - name: HEADER\n    value: Bearer {base62}"),
        format!("  httpHeaders:\n  - name: Authorization\n    value: Bearer {base62}"),
        format!("  args: ['--setting={base62}', 'setting={base62}']"),
        "  env:\n  - name: DB_PASSWORD\n    value: '84758392'".to_owned(),
        "  annotation: '{\"db\":{\"password\":\"hunter22\"}}'".to_owned(),
        format!("  deep: {}password: hunter22{}", "{a: ".repeat(150) + "{", "}".repeat(151)),
    ] {
        let text = pod(&field);
        assert!(!found_by_decoding(&text).is_empty(), "{text}");
        assert_eq!(found(&text), found_by_decoding(&text), "{text}");
    }
}

#[test]
fn what_is_written_beside_a_placeholder_is_seen() {
    let mut dice = Dice(13);
    let token = format!("ghp_{}", dice.token(36));
    for value in [
        "PUBLIC_URL=https://${HOST}/\nDB_PASSWORD=Tr0ub4dor-and-3\n".to_owned(),
        format!("PUBLIC_URL=https://${{HOST}}/\nTOKEN={token}\n"),
        format!("https://api.example.com/{token}"),
        "url: https://api.example.com\npassword: hunter22\n".to_owned(),
        "{\"url\":\"https://api.example.com\",\"password\":\"hunter22\"}".to_owned(),
        "defaultdb-Pa55word-9x8".to_owned(),
        format!("# an example\n{}\n", dice.token(40)),
    ] {
        for (field, value) in [("stringData", value.clone()), ("data", encode(&value))] {
            let value = serde_json::Value::from(value);
            let text =
                format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n{field}:\n  entry: {value}\n");
            assert_eq!(found(&text), [("secret-data", format!("{field}.entry"))], "{text}");
        }
    }
    let harmless = "url=https://api.example.com\npassword=${DB_PASSWORD}\nlevel=info\n";
    let value = serde_json::Value::from(harmless);
    let text =
        format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  entry: {value}\n");
    assert_eq!(found(&text), []);
}

#[test]
fn a_config_map_is_read_in_json_too() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  config.json: '{\"db\":{\"password\":\"hunter2hunter2\"}}'\n";
    assert_eq!(found(text), [("password", "data[\"config.json\"]".to_owned())]);
}

#[test]
fn the_quick_look_reads_a_text_once() {
    for unit in [
        "pass",
        "password=",
        "# pass\n",
        "pass\n#",
        "a1b2c3d4e5f6g7h8i9 ",
        "\\",
        "\\n1",
        "://",
        "value: token 1\n",
        "Secret",
    ] {
        let text = unit.repeat(200_000 / unit.len());
        assert!(!prefilter::is_suspect(text.as_bytes()), "{unit}");
    }
}

#[test]
fn no_planted_secret_is_shown() {
    for (rule, object, secret) in planted() {
        let id = ObjectId::of(&goyaml::head(object.as_bytes()).unwrap());
        let masked = String::from_utf8(mask(&id, object.as_bytes()).into_owned()).unwrap();
        assert!(masked.contains("<masked, sha256:"), "{rule}: {masked}");
        // Of a token with other words around it, the token itself is masked.
        let telling =
            secret.split(|c: char| !c.is_ascii_alphanumeric()).max_by_key(|part| part.len()).unwrap();
        for shown in [telling, encode(&secret).trim_end_matches('=')] {
            assert!(!masked.contains(shown), "{rule}: {masked}");
        }
    }
}

#[test]
fn what_is_no_secret_is_left_alone() {
    let pod = |field: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n{field}"
        )
    };
    let secret = |value: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  entry: {value}\n")
    };
    let sum = "0cc4cd87f40ae606d1822d5652b552f80cc4cd87f40ae606d1822d5652b552f8";
    let certificate = encode("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    for object in [
        pod(&format!("    image: registry.example.org/web@sha256:{sum}\n")),
        pod("    env:\n    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef:\n          name: web-7f2k\n          key: db-password-2\n"),
        pod("    env:\n    - name: DB_PASSWORD\n      value: $(SHARED_PASSWORD2)\n"),
        pod("    env:\n    - name: TOKEN_FILE\n      value: /var/run/secrets/token1\n"),
        pod("    env:\n    - name: DATABASE_URL\n      value: postgres://app:$(PASSWORD)@db.example.org/app1\n"),
        pod("    env:\n    - name: UPSTREAM\n      value: https://web.example.org:8080/path@v1.2\n"),
        pod("    args:\n    - --password-file=/etc/web/password1\n    - --secret-name=web-credentials-2026\n"),
        format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations:\n    checksum/secret: {sum}\n"),
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  revision: {sum}\n  level: debug\n"),
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: web\nspec:\n  target:\n    template:\n      data:\n        password: '{{ .password2 }}'\n".to_owned(),
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: web\nspec:\n  encryptedData:\n    entry: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq\n".to_owned(),
        secret("''"),
        secret("changeme"),
        secret("<path:secret/data/web#password>"),
        secret("ref+vault://secret/web#/password"),
        secret("ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"),
        format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  tls.crt: {certificate}\n"),
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  entry: ''\n".to_owned(),
    ] {
        assert_eq!(found(&object), [], "{object}");
    }
}

#[test]
fn a_field_is_named_by_its_keys_and_names() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    env:\n    - name: DB_PASSWORD\n      value: hunter22\n";
    let path = "spec.containers[web].env[DB_PASSWORD].value";
    assert_eq!(found(text), [("password", path.to_owned())]);
    let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  tls.key: aHVudGVyMg==\n";
    assert_eq!(found(text), [("secret-data", "data[\"tls.key\"]".to_owned())]);
}

#[test]
fn a_masked_secret_keeps_its_lines_and_equal_ones_look_alike() {
    let text = "# of the team\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  a: aHVudGVyMg==\n  b: ''\nstringData:\n  c: |\n    hunter2\n  d: hunter2\n";
    let id = ObjectId::of(&goyaml::head(text.as_bytes()).unwrap());
    let masked = String::from_utf8(mask(&id, text.as_bytes()).into_owned()).unwrap();
    let of = |secret: &str| Fingerprint::of(secret.as_bytes()).mask();
    let (plain, with_line) = (of("hunter2"), of("hunter2\n"));
    let expected = format!(
        "# of the team\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ndata:\n  a: {plain}\n  b: ''\nstringData:\n  c: {with_line}\n  d: {plain}\n"
    );
    assert_eq!(masked, expected);
    let flow = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\ndata: {a: aHVudGVyMg==}\n";
    let masked = String::from_utf8(mask(&id, flow.as_bytes()).into_owned()).unwrap();
    assert!(masked.contains(&plain) && !masked.contains("aHVudGVyMg"), "{masked}");
}

#[test]
fn a_package_is_looked_through() {
    let mut dice = Dice(7);
    let token = format!("ghp_{}", dice.token(36));
    let file = |name: &str, text: &str| helm::ChartFile::new(name, text.as_bytes());
    let files = [
        file("templates/web.yaml", &format!("kind: A\nspec: {token}\n")),
        file("values.yaml", "image: x\ndb:\n  password: hunter22\n"),
        file("secrets.dec.yaml", "a: b\n"),
        file("README.md", "Set `password` to something, such as postgres://user:password@host/db.\n"),
    ];
    let findings = scan_payload(&files, &helm::Limits::DEFAULT).unwrap();
    let told: Vec<String> = findings.iter().map(|it| format!("{} {}", it.rule, it.place)).collect();
    let expected = [
        "github-token templates/web.yaml:2:7",
        "password values.yaml:3:13",
        "sops-decrypted secrets.dec.yaml:1:1",
    ];
    assert_eq!(told, expected);
    assert!(findings.iter().all(|finding| !format!("{finding:?} {finding}").contains(&token[4..])));
}

#[test]
fn a_text_about_secrets_is_none() {
    let mut dice = Dice(5);
    let key = pem(&mut dice, "RSA PRIVATE KEY");
    let shortened = key.replacen(&key[70..130], "\n...\n", 1);
    for text in [
        "# begin with -----BEGIN RSA PRIVATE KEY-----\n# and say under which name the ingress is to find it\n",
        shortened.as_str(),
        "url: ^redis://(?:[A-Za-z0-9_]+(?::[^@]+)?@)?[A-Za-z0-9.-]+$\n",
        "# tcp://operator:operator_password@db.example.org:9000/traces\n",
    ] {
        let findings =
            scan_payload(&[helm::ChartFile::new("README.md", text.as_bytes())], &helm::Limits::DEFAULT)
                .unwrap();
        assert_eq!(findings, [], "{text}");
    }
    assert_eq!(
        scan_payload(&[helm::ChartFile::new("README.md", key.as_bytes())], &helm::Limits::DEFAULT)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn the_policy_knows_every_rule() {
    assert_eq!(secret_rules(), policy::SECRET_RULES);
}
