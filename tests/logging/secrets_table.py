"""What is a secret and what is not: the table that the rule of redaction is measured by.

Each case is a value of a field. Of those that hold a secret, the secret stands beside it.
"""

# ruff: noqa: SIM905 # so many names are read more easily in one text
from __future__ import annotations

import subprocess
from typing import Any

import pandas

S = "hunter2"
RANDOM = "a81f3c9d27"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
HEX = "0123456789abcdef" * 4
LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ" * 4

# Under these names any text is a secret.
NAMES = """
password PASSWORD db_password userpassword PGPASSWORD password1 password_2 passwordConfirmation
old_password new_password passwords passwd mysql_passwd pwd DB_PWD passphrase sshPassphrase secret
client_secret secrets clientSecret SECRET_VALUE credential credentials aws_credentials
authorization Authorization Proxy-Authorization cookie Set-Cookie cookies jwt session_jwt api_key
api-key X-API-Key apikey apiKey api_key_2 openai.api_key OPENAI_KEY aws_secret_access_key
access_key private_key privatekey encryption_key signing_key account_key AccountKey ssh_key
storage_key secret_key SECRET_KEY_BASE stripe_key db_pass smtpPass root_pw adminpw token api_token
access_token accessToken auth_token authtoken authtoken_old refresh_token csrf_token session_token
hf_token HF_TOKEN github_token GitHubToken slack_token token_value bearer_token access_tokens
""".split()

# Under these names a text that looks random is one.
NAMES_OF_RANDOM = """
resume_token pageToken id_token tokens session session_id sessionid PHPSESSID sid csrf
""".split()

# Under these names nothing is.
HARMLESS_NAMES = """
has_password is_secret use_token requires_credentials password_hash_rounds password_length
secret_name secretary credential_type cookie_policy author authorized_by key keys cache_key
primary_key public_key sort_key primaryKey partition_key foreign_key keyboard monkey turkey
keypoint key_size test_pass forward_pass passes passed bypass compass passage password_policy
tokenizer tokenization token_type token_count detokenized tokens_per_second session_start
sessions_total inside aside side sid_count csrf_enabled api_key_id access_level private_notes
pw_loss jwt_header_size secretive credit passport dispatch
""".split()

# Names of secrets in the environments and the settings of services, and harmless ones that are like
# them. They were written down before the rule was tried with them.
HELD_OUT_NAMES = """
DATABASE_PASSWORD MYSQL_ROOT_PASSWORD POSTGRES_PASSWORD REDIS_PASSWORD RABBITMQ_DEFAULT_PASS
AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AZURE_CLIENT_SECRET AZURE_STORAGE_KEY GITHUB_TOKEN
GITLAB_TOKEN NPM_TOKEN PYPI_TOKEN TWINE_PASSWORD DOCKER_PASSWORD SLACK_BOT_TOKEN DISCORD_TOKEN
TELEGRAM_TOKEN TWILIO_AUTH_TOKEN SENDGRID_API_KEY MAILGUN_API_KEY STRIPE_SECRET_KEY OPENAI_API_KEY
ANTHROPIC_API_KEY HUGGING_FACE_HUB_TOKEN WANDB_API_KEY COMET_API_KEY MLFLOW_TRACKING_PASSWORD
MLFLOW_TRACKING_TOKEN KAGGLE_KEY DD_API_KEY DD_APP_KEY NEW_RELIC_LICENSE_KEY VAULT_TOKEN
CONSUL_HTTP_TOKEN JWT_SECRET SESSION_SECRET FLASK_SECRET_KEY DJANGO_SECRET_KEY SSH_PRIVATE_KEY
FTP_PASS SMTP_PASSWORD LDAP_BIND_PW SNOWFLAKE_PASSWORD CLOUDFLARE_API_TOKEN DIGITALOCEAN_TOKEN
HEROKU_API_KEY PAGERDUTY_TOKEN OKTA_CLIENT_TOKEN ALGOLIA_ADMIN_KEY FIREBASE_PRIVATE_KEY
CODECOV_TOKEN SONAR_TOKEN SNYK_TOKEN ES_PASSWORD KAFKA_SASL_PASSWORD GPG_PASSPHRASE
RAILS_MASTER_KEY X-Vault-Token X-Auth-Token api_secret consumer_secret app_secret webhook_secret
signing_secret private_key_passphrase consumer_key client_key bot_token deploy_key dbPassword
userPwd loginPassword keystorePassword truststore_password keyPassword adminPassword rootPassword
proxyPassword wifi_password zip_password vault_password become_pass ansible_ssh_pass
registry_password pull_secret jwtToken idToken authToken oauth_token oauthToken
personal_access_token service_account_key hmac_key hmac_secret aes_key fernet_key decryption_key
symmetric_key recovery_key apiToken apiSecret API_KEYS user_api_key serverKey webhookToken
pushToken deviceToken bearerToken
""".split()
HELD_OUT_HARMLESS = """
tokenizer token_count num_tokens tokens_per_batch max_new_tokens prompt_tokens completion_tokens
total_tokens cached_tokens pad_token bos_token unk_token mask_token sep_token cls_token
pad_token_id token_type_ids next_token_id stop_tokens key keys primary_key foreign_key
partition_key sort_key cache_key group_key hash_key routing_key key_size key_name keyboard monkey
passed passes passing bypass compass password_reset_count password_field password_policy
password_min_length session_count session_duration session_length cookies_enabled cookie_policy
secretary has_secret is_authorized author authors authority authentication auth auth_type
auth_method auth_backend sidecar inside side pinned credentials_path secret_name token_limit
token_rate tokens_used public_key public_key_path ssh_port key_frame keypoints attention_key_mask
query_key_value key_dim num_keys key_padding_mask dict_key metric_key feature_key label_key s3_key
object_key blob_key index_key join_key token_embedding token_dropout tokenization time_per_token
pass_rate pass_through test_pass passport_issued user_name user_id email_verified loss lr epoch
batch_size
""".split()
# The rule does not know these.
MISSED = {"RABBITMQ_DEFAULT_PASS", "serverKey"}

# Of a tokenizer, or counts: no text under these looks random.
TOKENS: list[tuple[str, object]] = [
    ("eos_token", "</s>"),
    ("pad_token", "<pad>"),
    ("unk_token", "[UNK]"),
    ("bos_token", "<|begin_of_text|>"),
    ("mask_token", "<mask>"),
    ("fill_token", "the"),
    ("next_token", " Paris"),
    ("added_tokens", ["<a>", "<b>"]),
    ("tokens", ["▁the", "▁cat", "##s"]),
    ("max_tokens", 512),
    ("max_new_tokens", 4_096),
    ("input_tokens", 17),
    ("total_tokens", 1_234_567),
    ("token", 11),
    ("tokens", 98_304),
    ("time_to_first_token", 0.25),
    ("ms_per_output_token", 12.5),
    ("tokens_per_second", 31.7),
    ("token_ids", [101, 2054, 102]),
    ("has_token", False),
    ("token", None),
    ("password", None),
    ("password", True),
    ("secret", 12),
    ("api_key", 99_999),
    ("secret", 0.5),
]

STAND_INS = ["", "***", "••••", "<password>", "${DB_PASSWORD}", "$DB_PASSWORD", "%s", "{password}"]
STAND_INS += ["None", "null", "[REDACTED]", "xxxx", "/run/secrets/db_password", "%(password)s"]

TEXTS_WITH_SECRETS: list[tuple[str, str]] = [
    (f"login password={S} ok", S),
    (f"note: password: {S}, next", S),
    (f"{{'password': '{S} x', 'user': 'me'}}", S),
    ('{"api_key": 512345}', "512345"),
    (f'{{\\"token\\": \\"{S}\\"}}', S),
    (f"PGPASSWORD={S} psql", S),
    (f"authtoken={S}", S),
    (f"api key: {S}", S),
    (f"the access token = {S}", S),
    (f"api_key_2={S}&x=1", S),
    (f"Server=db;User Id=sa;Password={S};", S),
    ("AccountName=x;AccountKey=ab+/c==;EndpointSuffix=y", "ab+/c=="),
    (f"--password {S}", S),
    (f"run --password={S} --lr 0.1", S),
    (f"run -token {S}", S),
    (f"Command '['curl', '--token', '{S}']' returned non-zero exit status 1.", S),
    (f"('password', '{S}')", S),
    (f"[('Authorization', 'Basic {S}')]", S),
    (f'[{{"name": "DB_PASSWORD", "value": "{S}"}}]', S),
    (f"user         me\npassword     {S}\nName: 0, dtype: object", S),
    ("Authorization: Bearer abc.d9f", "abc.d9f"),
    ("Authorization: Digest username=me, response=abc9", "abc9"),
    ("Cookie: id=a9; theme=b9", "b9"),
    ("sent header Bearer abc.d9f", "abc.d9f"),
    ("sent 'Bearer abc-d9f'", "abc-d9f"),
    ("header Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA=="),
    (f"https://me:{S}@host/x", S),
    (f"postgres://me:{S}/x@host/db", S),
    (f"mongodb+srv://me:{S}@host", S),
    (f"redis://:{S}@host", S),
    (f"https://{LETTERS[:24]}@github.com/me/repository.git", LETTERS[:24]),
    (f"https://host/x?token={S}&y=1", S),
    ("https://x.blob.core.windows.net/c?sv=2020&sig=ab%2Bc%3D", "ab%2Bc%3D"),
    (f"https://bucket.s3.amazonaws.com/k?X-Amz-Expires=9&X-Amz-Signature={HEX}", HEX),
    (f"https://storage.googleapis.com/k?Expires=9&Signature={LETTERS}", LETTERS),
    (f"jwt is {JWT}", JWT),
    ("key id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("key id ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    (f"use ghp_{LETTERS[:36]}", LETTERS[:36]),
    (f"use gho_{LETTERS[:36]}", LETTERS[:36]),
    (f"use github_pat_{LETTERS[:40]}", LETTERS[:40]),
    (f"use glpat-{LETTERS[:20]}", LETTERS[:20]),
    (f"use hf_{LETTERS[:34]}", LETTERS[:34]),
    (f"use sk-{LETTERS[:48]}", LETTERS[:48]),
    (f"use sk-proj-{LETTERS[:48]}", LETTERS[:48]),
    (f"use sk-ant-api03-{LETTERS[:48]}", LETTERS[:48]),
    (f"use sk_live_{LETTERS[:24]}", LETTERS[:24]),
    (f"use xoxb-123456789012-{LETTERS[:24]}", LETTERS[:24]),
    (f"use AIza{LETTERS[:35]}", LETTERS[:35]),
    (f"use npm_{LETTERS[:36]}", LETTERS[:36]),
    (f"use pypi-{LETTERS[:60]}", LETTERS[:60]),
    (f"use dapi{HEX[:32]}", HEX[:32]),
    (f"use SG.{LETTERS[:22]}.{LETTERS[:43]}", LETTERS[:43]),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
    ("key: '-----BEGIN PRIVATE KEY-----\\nMIIE", "MIIE"),
    (f"https://hooks.slack.com/services/T0AB/B0CD/{LETTERS[:24]}", LETTERS[:24]),
    (f"https://discord.com/api/webhooks/123456789/{LETTERS[:68]}", LETTERS[:68]),
    (f"session={RANDOM}", RANDOM),
    (f"resume_token: {RANDOM}", RANDOM),
    (f"headers['X-API-Key'] = '{S}'", S),
]

HARMLESS_TEXTS = """
password must be longer than 8 characters
password: required
invalid password: must not be empty
token=expired
token: 5 of 10
Password changed for user 7
12:30 eos_token=</s> pad_token=<pad>
max_tokens=512 input_tokens: 17
tokens_per_second=31.7, time_to_first_token: 0.25
password=%s token=%(token)s
password=${DB_PASSWORD} token=$TOKEN api_key=<your key>
password=*** secret=None
cache_key=user:7:profile
primary key: id
the key is in the drawer; monkey=banana
KeyError: 'learning_rate'
key=value public_key=x sort_key: name
forward_pass=3 test_pass: ok
pass 1 of 3
http://host:80/path?a=b
http://host:80/a@b http://[::1]:80/a@b
git@github.com:me/repository.git
ssh://git@github.com/me/repository.git
mail from john.doe@example.org
loaded s3://bucket/experiments/run-17/model.pt
the secret of success; a token of thanks; cookies are enabled
bearer of good news; Bearer token is missing; bearer authentication
basic training; Basic authentication is required
session started; session: 3 users; session=new
sid=5
sk-learn-gradient-boosting-model2
task-scheduler-worker-process-number-12
7f3c9a52-1b2c-4d5e-8f90-123456789abc
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
validation_accuracy_top5_macro_averaged
--lr 0.1 --epochs 5 --tokenizer bert-base-uncased --max-tokens 512
--keys a,b --session-timeout 30
['user', 'password', 'email']
Basic dGVzdA==
authors: me and you
design: x; consign=3; resignature=ok
PWD=/home/me/project
secret: /run/secrets/db
jwt library 2.0 was loaded
C:\\Users\\me\\AppData
grüße: schlüssel im schloss
""".strip().splitlines()


def _frame_row() -> Any:
    return pandas.DataFrame({"user": ["me"], "password": [S], "rows": [3]}).iloc[0]


STRUCTURES_WITH_SECRETS: list[tuple[object, str]] = [
    ([("authorization", S), ["host", "example.org"]], S),
    ([(b"x-api-key", S.encode())], S),
    (["curl", "--token", S, "https://host"], S),
    (["docker", "run", "-e", f"PASSWORD={S}"], S),
    ([{"name": "DB_PASSWORD", "value": S}], S),
    ({"key": "api_key", "value": S}, S),
    ({"credentials": {"user": S, "roles": ["a"]}}, S),
    ({"headers": {"Authorization": f"Bearer {S}"}}, S),
    ({"secret": [S, 1]}, S),
    ({"password": S.encode()}, S),
    ({"pin": {"password": 123_456}}, "123456"),
    (_frame_row(), S),
    (str(_frame_row()), S),
    (pandas.DataFrame({"user": ["me"], "api_key": [S]}), S),
    (subprocess.CalledProcessError(1, ["curl", "--token", S]), S),
    (ValueError({"token": S}), S),
    (KeyError(f"https://me:{S}@host"), S),
]

HARMLESS_STRUCTURES: list[object] = [
    ["tokens", 5],
    ["host", "example.org"],
    ["--max-tokens", "512", "--lr", "0.1"],
    {"name": "lr", "value": "0.1"},
    {"key": "epoch", "value": "3"},
    {"tokens": {"input": 17, "output": 5}},
    {"vocabulary": {"the": 1, "token": 2}},
    {"special_tokens": {"eos_token": "</s>", "pad_token": "<pad>"}},
    [["the", 5], ["key", 7]],
    {"password": {"required": True, "length": 8}},
]

POSITIVES: list[tuple[object, str]] = [
    *(({name: S}, S) for name in NAMES),
    *(({name: RANDOM}, RANDOM) for name in NAMES_OF_RANDOM),
    *TEXTS_WITH_SECRETS,
    *STRUCTURES_WITH_SECRETS,
]
NEGATIVES: list[object] = [
    *({name: S} for name in HARMLESS_NAMES),
    *({name: "hello"} for name in NAMES_OF_RANDOM),
    *({name: value} for name, value in TOKENS),
    *({"password": text} for text in STAND_INS),
    *HARMLESS_TEXTS,
    *HARMLESS_STRUCTURES,
]
