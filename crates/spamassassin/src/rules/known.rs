//! What this program offers to conditions in rule files, and settings of SpamAssassin that mean nothing here.

use std::collections::HashSet;

/// The version of SpamAssassin whose rules are read.
pub(super) const VERSION: f64 = 4.000_001;
/// The same as `require_version` writes it.
pub(super) const VERSION_TEXT: &str = "4.000001";
/// The version of Perl that they may count on.
pub(super) const PERL: f64 = 5.036;

/// Plugins that SpamAssassin loads as shipped, or that are here in any case. Those that need the network are among
/// them: their rules are there, cannot run, and are listed.
const PLUGINS: &[&str] = &[
    "AskDNS",
    "AutoLearnThreshold",
    "Bayes",
    "BodyEval",
    "Check",
    "DKIM",
    "DMARC",
    "DNSEval",
    "FreeMail",
    "HTMLEval",
    "HTTPSMismatch",
    "HashBL",
    "HeaderEval",
    "ImageInfo",
    "MIMEEval",
    "MIMEHeader",
    "Pyzor",
    "Razor2",
    "RelayEval",
    "ReplaceTags",
    "SPF",
    "SpamCop",
    "URIDNSBL",
    "URIDetail",
    "URIEval",
    "VBounce",
    "WLBLEval",
    "WelcomeListSubject",
];

/// Plugins in force before any `loadplugin`.
pub(super) fn plugins() -> HashSet<String> {
    PLUGINS.iter().map(|&name| name.to_owned()).collect()
}

/// The short name of a plugin, in its present spelling.
pub(super) fn plugin_name(written: &str) -> &str {
    match written.strip_prefix("Mail::SpamAssassin::Plugin::").unwrap_or(written) {
        "Dmarc" => "DMARC",
        "WhiteListSubject" => "WelcomeListSubject",
        name => name,
    }
}

/// Whether a method is there.
pub(super) fn can(method: &str, plugins: &HashSet<String>) -> bool {
    let Some((class, name)) = method.rsplit_once("::") else { return false };
    if class == "Mail::SpamAssassin::Conf" {
        let known = ["feature_", "has_tflags_", "perl_min_version_", "compat_welcomelist_blocklist"];
        return known.iter().any(|start| name.starts_with(start));
    }
    plugins.contains(plugin_name(class))
}

/// Settings that say how SpamAssassin runs, reports and learns, or that belong to what needs the network.
const IGNORED: &str = " add_header adsp_override allow_user_rules always_trust_envelope_sender asn_lookup \
asn_lookup_ipv6 askdns bayes_auto_expire bayes_auto_learn bayes_auto_learn_on_error \
bayes_auto_learn_threshold_nonspam bayes_auto_learn_threshold_spam bayes_expiry_max_db_size bayes_file_mode \
bayes_ignore_from bayes_ignore_header bayes_ignore_to bayes_journal_max_size bayes_learn_during_report \
bayes_learn_to_journal bayes_min_ham_num bayes_min_spam_num bayes_path bayes_seen_ttl bayes_sql_dsn \
bayes_sql_override_username bayes_sql_password bayes_sql_username bayes_sql_username_authorized bayes_stopword_languages \
bayes_store_module bayes_token_sources bayes_token_ttl bayes_use_hapaxes body_part_scan_size clear_dns_servers clear_headers \
clear_report_template clear_unsafe_report_template clear_uridnsbl_skip_domain clear_url_shortener country_db_path \
country_db_type dcc_body_max dcc_dccifd_path dcc_fuz1_max dcc_fuz2_max dcc_home dcc_options dcc_path dcc_rep_percent \
dcc_timeout def_welcomelist_auth def_welcomelist_from_dkim def_welcomelist_from_spf def_whitelist_auth \
def_whitelist_from_dkim def_whitelist_from_spf dkim_minimum_key_bits dkim_timeout dns_available dns_block_rule \
dns_block_time dns_local_ports_avoid dns_local_ports_none dns_local_ports_permit dns_options dns_query_restriction \
dns_server dns_test_interval do_not_use_mail_spf do_not_use_mail_spf_query enable_compat envelope_sender_header \
fns_add_addrlist fns_check fns_extrachars fns_ignore_dkim fns_ignore_headers fns_remove_addrlist fold_headers \
freemail_add_describe_email freemail_import_def_welcomelist_auth freemail_import_def_whitelist_auth \
freemail_import_welcomelist_auth freemail_import_whitelist_auth geodb_module geodb_options geodb_search_path \
hashbl_acl_freemail hashbl_email_domain_alias hashbl_email_regex hashbl_email_welcomelist hashbl_ignore \
inactive_languages ignore_received_spf_header lock_method mbox_format_from_regex meta_test normalize_charset ok_languages \
ok_locales parse_dkim_uris priority pyzor_count_min pyzor_fork pyzor_max pyzor_options pyzor_path pyzor_timeout \
rawbody_part_scan_size razor_config razor_fork razor_timeout rbl_headers rbl_timeout remove_header report report_charset \
report_contact report_hostname report_safe report_safe_copy_headers report_wrap_width required_hits required_score reuse \
rewrite_header run_reuse_tests_only score_set_rows shortcircuit shortcircuit_ham_score shortcircuit_max_spam_score \
shortcircuit_min_ham_score shortcircuit_spam_score skip_rbl_checks skip_uribl_checks spamcop_from_address \
spamcop_max_report_size spamcop_to_address spf_timeout subjprefix test textcat_acceptable_score textcat_max_languages \
textcat_max_ngrams textcat_optimal_ngrams time_limit trusted_servers txrep_factory unsafe_report unwelcomelist_auth \
unwelcomelist_from_dkim unwelcomelist_from_spf unwhitelist_auth unwhitelist_from_dkim unwhitelist_from_spf \
uridnsbl_max_domains uridnsbl_skip_domain uridnsbl_skip_mailto uridnsbl_timeout url_shortener url_shortener_cache_dsn \
url_shortener_cache_type url_shortener_get url_shortener_loginfo url_shortener_timeout use_auto_welcomelist \
use_auto_whitelist use_bayes use_bayes_rules use_dcc use_dcc_rep use_learner use_pyzor use_razor2 use_txrep \
user_awl_dsn user_scores_dsn user_scores_sql_custom_query user_scores_sql_password user_scores_sql_username version_tag \
welcomelist_auth welcomelist_from_dkim welcomelist_from_spf whitelist_auth whitelist_from_dkim whitelist_from_spf ";

/// Whether a keyword is one that means nothing here.
pub(super) fn is_ignored(key: &str) -> bool {
    let whole_families =
        ["bayes_stopword_", "auto_welcomelist_", "auto_whitelist_", "txrep_", "olemacro_", "extracttext_"];
    whole_families.iter().any(|start| key.starts_with(start))
        || IGNORED.split_ascii_whitespace().any(|known| known == key)
}

/// Keywords that are read, for "did you mean".
const READ: &str = "header body rawbody full uri uri_detail mimeheader meta describe score tflags lang priority test \
replace_tag replace_pre replace_inter replace_post replace_rules redirector_pattern util_rb_tld util_rb_2tld \
util_rb_3tld clear_util_rb freemail_domains freemail_welcomelist trusted_networks internal_networks msa_networks \
welcomelist_from blocklist_from welcomelist_to blocklist_to more_spam_to all_spam_to welcomelist_from_rcvd \
def_welcomelist_from_rcvd enlist_addrlist enlist_uri_host delist_uri_host loadplugin tryplugin \
originating_ip_headers welcomelist_subject blocklist_subject welcomelist_bounce_relays if ifplugin else endif include";

/// The known keyword nearest to one, where one is near.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let all = READ.split_ascii_whitespace().chain(IGNORED.split_ascii_whitespace());
    all.map(|known| (distance(key.as_bytes(), known.as_bytes()), known))
        .min()
        .filter(|(far, _)| *far <= 2)
        .map(|(_, known)| known)
}

fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, left) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, right) in other.iter().enumerate() {
            let next = (diagonal + usize::from(left != right)).min(row[column] + 1).min(row[column + 1] + 1);
            diagonal = std::mem::replace(&mut row[column + 1], next);
        }
    }
    row[other.len()]
}
