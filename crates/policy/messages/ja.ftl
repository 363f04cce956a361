# 人が読む文。理由の識別子ごとに 1 文。です・ます、責めない、仕組みの言葉を使わない。

## 判定材料(対策の理由の識別子ごと)

size-above = メールの大きさが { $size } で、上限の { $bound } を超えています
size-below = メールの大きさが { $size } で、下限の { $bound } に足りません
url-present = リンクがあります ({ $host }、{ $count } 個)
url-lies = リンクの表示は { $shown } ですが、本当の行き先は { $target } です
url-category = リンク先は「{ $category }」の一覧にあります ({ $host })
keyword-match = キーワードの規則「{ $name }」に当てはまります ({ $found })
bayes-spam = 文面が、これまでに「迷惑」とされたメールに似ています ({ $percent }%)。決め手になった言葉: { $words }
bayes-ham = 文面が、これまでに「迷惑ではない」とされたメールに似ています (迷惑の見込み { $percent }%)。決め手になった言葉: { $words }
signature-text = 以前に報告された迷惑メールの亜種です (シグネチャー { $signature } の { $percent }%)
signature-structure = 組み立てが、以前に報告された迷惑メールと同じです (シグネチャー { $signature } の { $percent }%)
signature-links = リンクの行き先が、以前に報告された迷惑メールと同じです (シグネチャー { $signature } の { $percent }%)
signature-attachment = 以前に報告されたファイルが添付されています (シグネチャー { $signature })
signature-picture = 以前に報告された画像があります (シグネチャー { $signature })
heuristics-rule = { $title }
heuristics-rule-found = { $title } ({ $found })
spamassassin-rule = { $title } (規則 { $rule })
authentication-dmarc-fail =
    差出人のドメイン { $domain } の認証に失敗しました (DMARC)。{ $policy ->
        [reject] このドメインは、そのようなメールを受け取らないよう求めています
        [quarantine] このドメインは、そのようなメールを疑うよう求めています
       *[none] このドメインは、どう扱うかを求めていません
    }
authentication-spf-fail = { $domain } は、このサーバーから送ることを認めていません (SPF)
authentication-spf-softfail = { $domain } は、このサーバーから送ることをおそらく認めていません (SPF)
authentication-dkim-broken = { $domain } の電子署名が正しくありません (DKIM)。途中で書き換えられたか、偽物です
authentication-none = 差出人を証明するものがありません
authentication-arc =
    { $outcome ->
        [pass] 転送の記録 (ARC) は正しくつながっています
       *[fail] 転送の記録 (ARC) は正しくつながっていません
    }
list-receive =
    差出人が受信リストにあります ({ $entry })。{ $proof ->
        [proven] 差出人を証明できています
        [unknown] ただし、いまは差出人を証明できるか分かりません
       *[unproven] ただし、差出人を証明できていません
    }
list-refuse = 差出人が拒否リストにあります ({ $entry })
sender-domain-absent = 差出人のドメイン { $domain } はありません
sender-domain-takes-no-mail = 差出人のドメイン { $domain } は、メールを受け取らないドメインです
link-blocklist-listed = リンク先の { $host } が、一覧 { $list } に載っています ({ $meaning })
envelope-domain-absent = 送信者アドレスのドメイン { $domain } はありません
envelope-domain-takes-no-mail = 送信者アドレスのドメイン { $domain } は、メールを受け取らないドメインです
sender-address-absent = 送信者のサーバーに確かめたところ、{ $address } というアドレスはありません (返答: { $words })
blocklist-listed = { $item } が、迷惑メールの送信元の一覧 { $list } に載っています ({ $meaning })
blocklist-certain = { $item } が、単独で受信を断ると決めた一覧 { $list } に載っています ({ $meaning })
allowlist-listed = { $item } が、信頼できる送信元の一覧 { $list } に載っています ({ $meaning })
dynamic-source-range = 送信元は、固定でないアドレスとして公表されている範囲 { $range } にあります ({ $comment })
dynamic-source-name = 送信元の名前 { $name } は、固定でないアドレスの回線のものです ({ $sign })
greylisting-waits =
    初めての送信元なので、{ $minutes } 分ほど待ってからもう一度送ってもらいます。{ $why ->
        [dynamic] 固定でないアドレスのようだからです
        [nameless] 送信元に名前がないからです
        [listed] 送信元の一覧に載っているからです
        [reputation] これまでの評判がよくないからです
       *[everyone] どの送信元にもお願いしています
    }
helo-bare-address = 送信元が、名前ではなくアドレス { $helo } を名乗りました
helo-ours = 送信元が、こちらの名前 { $helo } を名乗りました
helo-unqualified = 送信元が名乗った { $helo } は、完全なホスト名ではありません
helo-other-address = 送信元が、別のアドレス { $helo } を名乗りました
helo-unresolvable = 送信元が名乗った { $helo } という名前は見つかりません
early-talker = 送信元が、こちらの返事を待たずに話し始めました
limit-ip = { $whose } から届いたメールが上限({ $window }に{ $most }通)に達しました
limit-network = ネットワーク { $whose } から届いたメールが上限({ $window }に{ $most }通)に達しました
limit-sender = 差出人 { $whose } から届いたメールが上限({ $window }に{ $most }通)に達しました
limit-sender-domain = { $whose } の差出人から届いたメールが上限({ $window }に{ $most }通)に達しました
limit-recipient = { $whose } あてのメールが一定時間の上限({ $window }に{ $most }通)に達しました
unknown-recipients-slowed = 送信元は最近、存在しない宛先を{ $count }件指定したため、応答を{ $seconds }秒ずつ遅らせています
unknown-recipients-source = 送信元は存在しない宛先を多数(最近{ $count }件)指定したため、しばらく受け付けません
unknown-recipients-in-message = このメールの宛先のうち{ $count }件が存在しません
reputation-good = { $whose } から届いたメールに、迷惑メールはほとんどありません(最近の{ $count }通のうち{ $percent }%)
reputation-suspect = { $whose } から届いたメールには、迷惑メールが多く含まれています(最近の{ $count }通のうち{ $percent }%)
reputation-bad = { $whose } から届いたメールは、ほとんどが迷惑メールです(最近の{ $count }通のうち{ $percent }%)
domain-reputation-good = { $whose } からと確認できたメールに、迷惑メールはほとんどありません(最近の{ $count }通のうち{ $percent }%)
domain-reputation-suspect = { $whose } からと確認できたメールには、迷惑メールが多く含まれています(最近の{ $count }通のうち{ $percent }%)
domain-reputation-bad = { $whose } からと確認できたメールは、ほとんどが迷惑メールです(最近の{ $count }通のうち{ $percent }%)
former-label-start = 件名が「未承諾広告※」で始まっています
former-label-anywhere = 件名に「未承諾広告※」があります
former-label-advertisement = 件名に「! 広告!」があります
no-subject = 件名がありません
no-from = 差出人がありません
from-not-an-address = 差出人がメールアドレスではありません ({ $said })
header-blank = 空欄の項目があります ({ $names })
no-x-mailer = 何のメールソフトで書いたかが示されていません
bcc-to-me = 宛先にも写しにもあなたのアドレスがありません
english-only = 件名も本文も英文です
empty-body = 本文が空です
empty-message = 件名も本文も空です
attachment-present = 添付ファイルがあります ({ $name }、{ $count } 個)
attachment-runs = 開くと動くファイルが添付されています ({ $name })
attachment-locked = パスワードを知らないと中を調べられない添付ファイルがあります ({ $name })
attachment-macros = マクロ入りの文書が添付されています ({ $name })
virus-found = ウイルス検査で { $virus } が見つかりました
virus-in-file = ウイルス検査で { $file } から { $virus } が見つかりました
yara-match = YARA ルール「{ $rule }」に当てはまります ({ $file })
address-book =
    差出人がアドレス帳にあります ({ $entry })。{ $proof ->
        [proven] 差出人は確かめられています
        [unknown] ただし、差出人が確かかどうか、いまは分かりません
       *[unproven] ただし、差出人が確かかどうかは証明されていません
    }
sender-unlisted = 差出人 { $sender } は、受信リストにもアドレス帳にもありません。または、本人と証明されていません
sender-kind = { $kind }からのメールです ({ $domain })
kind-internet = インターネット全般
kind-phone-abroad = 外国の電話番号
impersonation-no-domain = 差出人のドメイン { $domain } は存在しません
impersonation-fails = { $domain } は、このメールが自分の所から出たものではないとしています (送信ドメイン認証)
impersonation-unproven = 差出人が本当に { $domain } かどうか、証明するものがありません
impersonation-posing = あなたが選んだドメイン { $domain } をいつわっているおそれがあります
posing-as-mobile = 携帯電話のアドレス ({ $domain }) をいつわっているおそれがあります
impersonation-passes = あなたが選んだドメイン { $domain } からで、本物と証明されています
impersonation-exception = { $domain } は、なりすましを調べないドメインに入っています
impersonation-rescued = 転送やメーリングリストのための救済リストにあります ({ $entry })
secret-code-missing = 電話番号のアドレスに、シークレットコードがついていません
bulk-guard = { $sender } が今日 { $count } 通目以降に送ったメールです (1日 { $from } 通から制限)
html-present = HTML メールです

## 条件(設定の画面で選ぶもの)

condition-size-above = 上限より大きいメール
condition-size-below = 下限より小さいメール
condition-url-present = リンクのあるメール
condition-url-lies = 表示と行き先が違うリンクのあるメール
condition-url-category = 「{ $category }」の一覧にあるリンクを含むメール
condition-keyword-match = キーワードの規則に当てはまるメール
condition-bayes-spam = 迷惑メールに文面が似たメール
condition-bayes-ham = 迷惑ではないメールに文面が似たメール
condition-authentication-dmarc-fail = 差出人のドメインの認証 (DMARC) に失敗したメール
condition-authentication-spf-fail = 送信元のサーバーが認められていないメール (SPF)
condition-authentication-spf-softfail = 送信元のサーバーがおそらく認められていないメール (SPF)
condition-authentication-dkim-broken = 電子署名 (DKIM) が正しくないメール
condition-authentication-none = 差出人を証明するものがないメール
condition-authentication-arc = 転送の記録 (ARC) があるメール
condition-list-receive = 受信リストにある差出人のメール
condition-list-refuse = 拒否リストにある差出人のメール
condition-sender-domain-absent = 差出人のドメインがないメール
condition-sender-domain-takes-no-mail = メールを受け取らないドメインからのメール
condition-link-blocklist-listed = リンク先が、迷惑メールに使われるドメインの一覧に載っているメール
condition-envelope-domain-absent = 送信者アドレスのドメインがないメール
condition-envelope-domain-takes-no-mail = 送信者アドレスが、メールを受け取らないドメインのメール
condition-sender-address-absent = 送信者のサーバーが、アドレスはないと答えたメール
condition-blocklist-listed = 送信元が迷惑メールの送信元の一覧に載っているメール
condition-blocklist-certain = 送信元が、単独で受信を断ると決めた一覧に載っているメール
condition-allowlist-listed = 送信元が信頼できる送信元の一覧に載っているメール
condition-dynamic-source-range = 固定でないアドレスと公表された範囲から直接届いたメール
condition-dynamic-source-name = 名前が固定でないアドレスの回線を示す送信元から届いたメール
condition-greylisting-waits = 待ってもらうことになった送信元のメール
condition-helo-bare-address = 送信元がアドレスだけを名乗ったメール
condition-helo-ours = 送信元がこちらの名前を名乗ったメール
condition-helo-unqualified = 送信元が完全なホスト名を名乗らなかったメール
condition-helo-other-address = 送信元が別のアドレスを名乗ったメール
condition-helo-unresolvable = 送信元の名乗った名前が見つからないメール
condition-early-talker = 送信元が返事を待たずに話し始めたメール
condition-limit-ip = 一つのアドレスからの上限を超えたメール
condition-limit-network = 一つのネットワークからの上限を超えたメール
condition-limit-sender = 一人の差出人からの上限を超えたメール
condition-limit-sender-domain = 一つの差出人ドメインからの上限を超えたメール
condition-limit-recipient = 一人の宛先への上限を超えたメール
condition-unknown-recipients-slowed = 存在しない宛先を多く指定する送信元からのメール
condition-unknown-recipients-source = 存在しない宛先を指定したため受け付けていない送信元からのメール
condition-unknown-recipients-in-message = 存在しない宛先を多く含むメール
condition-reputation-good = 評判のよい送信元からのメール
condition-reputation-suspect = 評判の疑わしい送信元からのメール
condition-reputation-bad = 評判の悪い送信元からのメール
condition-domain-reputation-good = 評判のよいドメインからのメール
condition-domain-reputation-suspect = 評判の疑わしいドメインからのメール
condition-domain-reputation-bad = 評判の悪いドメインからのメール
condition-former-label-start = 件名が「未承諾広告※」で始まるメール
condition-former-label-anywhere = 件名に「未承諾広告※」があるメール
condition-former-label-advertisement = 件名に「! 広告!」があるメール
condition-no-subject = 件名がないメール
condition-no-from = 差出人がないメール
condition-from-not-an-address = 差出人がメールアドレスではないメール
condition-header-blank = 空欄の項目があるメール
condition-no-x-mailer = メールソフトの名前がないメール
condition-bcc-to-me = 宛先にも写しにもあなたのアドレスがないメール
condition-english-only = 件名も本文も英文のメール
condition-empty-body = 本文が空のメール
condition-empty-message = 件名も本文も空のメール
condition-attachment-present = 添付ファイルのあるメール
condition-attachment-runs = 開くと動くファイルが添付されたメール
condition-attachment-locked = パスワード付きのファイルが添付されたメール
condition-attachment-macros = マクロ入りの文書が添付されたメール
condition-virus-found = ウイルスが見つかったメール
condition-virus-in-file = 添付ファイルにウイルスが見つかったメール
condition-yara-match = YARA ルールに当てはまるメール
condition-address-book = アドレス帳にある差出人のメール
condition-sender-unlisted = 受信リストにもアドレス帳にもない差出人のメール
condition-sender-kind = { $kind }からのメール
condition-impersonation-no-domain = なりすまし: 存在しないドメインからのメール
condition-impersonation-fails = なりすまし: 認証に失敗したメール
condition-impersonation-unproven = なりすまし: 差出人を証明できないメール
condition-impersonation-posing = なりすまし: 選んだドメインをいつわるメール
condition-posing-as-mobile = 携帯電話のアドレスをいつわるメール
condition-impersonation-passes = 選んだドメインからの、証明されたメール
condition-impersonation-exception = なりすましを調べないドメインのメール
condition-impersonation-rescued = 救済リストにあるメール
condition-secret-code-missing = シークレットコードのないメール
condition-bulk-guard = 大量に送られたメール
condition-html-present = HTML メール
condition-signature-text = 以前に報告された迷惑メールの亜種
condition-signature-structure = 以前に報告された迷惑メールと同じ組み立てのメール
condition-signature-links = リンクの行き先が、以前に報告された迷惑メールと同じメール
condition-signature-attachment = 以前に報告されたファイルが添付されたメール
condition-signature-picture = 以前に報告された画像のあるメール
condition-heuristics = 「{ $title }」に当てはまるメール
condition-spamassassin = SpamAssassin の規則 { $rule } に当てはまるメール

## リンク先の分類(ほかは一覧にある名のまま表示)

category-adult = アダルト
category-gambling = ギャンブル
category-dating = 出会い系
category-drugs = 薬物
category-violence = 暴力
category-weapons = 武器
category-phishing = フィッシング
category-malware = マルウェア
category-fraud = 詐欺
category-piracy = 海賊版
category-proxy = 迂回用プロキシ
category-shortener = 短縮アドレス

## 対策の名前

control-refuse_list = 拒否リスト
control-receive_list = 受信リスト
control-authentication = 差出人の認証
control-nonexistent_sender = 差出人のドメインとアドレスの有無
control-link_blocklist = リンク先のドメインの一覧 (DNS)
control-blocklist = 迷惑メールの送信元の一覧 (DNS)
control-allowlist = 信頼できる送信元の一覧 (DNS)
control-dynamic_source = 固定でないアドレスからの直接送信 (IP25B)
control-greylisting = 再送の確認 (グレイリスト)
control-helo = 送信元の名乗り
control-early_talker = 早すぎる発言
control-reception_limit = 受信数の制限
control-unknown_recipients = 存在しない宛先
control-reputation = 送信元の評判
control-bayes = 学習フィルター
control-heuristics = 特徴の規則
control-signatures = シグネチャー
control-spamassassin = SpamAssassin の規則
control-keywords = キーワードの規則
control-url = リンク
control-url_category = リンク先の分類
control-address_book = アドレス帳
control-sender_unlisted = リストにない差出人
control-sender_kind = 差出人の種類 (携帯電話・インターネット)
control-impersonation = なりすまし
control-secret_code = シークレットコード
control-bulk_guard = 大量送信への備え
control-html = HTML メール
control-attachment = 添付ファイル
control-virus = ウイルス検査
control-yara = YARA ルール
control-size = メールの大きさ
control-former_label = 未承諾広告の表示
control-no_subject = 件名なし
control-no_from = 差出人なし
control-blank_headers = 空欄の項目
control-no_x_mailer = メールソフト名なし
control-bcc_to_me = 宛先に自分がない
control-english_only = 英文のみ
control-empty_message = 空のメール

## 判定

class-wanted = 迷惑ではないメール
class-newsletter = お知らせ・広告
class-suspect = 迷惑かもしれないメール
class-spam = 迷惑メール
class-dating = 出会い系の勧誘
class-fee_fraud = 架空請求
class-phishing = なりすまし詐欺
class-malware = 危険なファイルのあるメール
class-is =
    { $shown ->
        [percent] 種別: { $class }（迷惑である確率 { $percent } %）
        [level] 種別: { $class }
       *[points] 種別: { $class }（{ $points } 点、迷惑である確率 { $percent } %）
    }
class-otherwise-without = { $numbers } がなければ、種別は「{ $class }」でした
class-otherwise-more = あと { $points } 点あれば、種別は「{ $class }」でした

## 処理

action-deliver = 届ける
action-remove_part = 危険な部分を取り除いて届ける
action-label = 印をつけて届ける
action-header_only = ヘッダーだけ届ける
action-junk = 迷惑メールフォルダに入れる
action-trash = ごみ箱に入れる
action-delete = 消す (記録は残る)
action-refuse = 受け取らない
action-unknown_user = アドレスがないものとして断る
action-defer = あとで送り直してもらう

label-none = 印をつけない
label-header = ヘッダーに印をつける
label-subject = 件名に印をつける
label-both = 件名とヘッダーに印をつける

outcome-deliver = 届けました
outcome-label = 印をつけて届けました
outcome-attachments = 添付ファイルを取り除いて届け、元のメールは迷惑メールフォルダに入れました
outcome-remove_part = 危険な部分を取り除いて届け、元のメールは迷惑メールフォルダに入れました
outcome-header_only = ヘッダーだけを届け、元のメールは迷惑メールフォルダに入れました
outcome-junk = 届けずに、迷惑メールフォルダに入れました
outcome-trash = 届けずに、ごみ箱に入れました
outcome-delete = 届けずに消しました。記録は残っています
outcome-refuse = 受け取りませんでした。送った人には控え番号を伝えました
outcome-unknown_user = 受け取らず、送った人には、アドレスがないと伝えました
outcome-defer = いったん受け取らず、あとで送り直してもらうことにしました
outcome-gave-way = 設定では「{ $wanted }」でしたが、この経路では宛先ごとに分けられないため、いちばん穏やかな処理にしました

## 理由(どの設定で決まったか)

whose-shipped = 初期設定
whose-operator = 事業者の設定
whose-group = グループの設定
whose-subscriber = あなたの設定

reason-duty = postmaster と abuse あてのメールは、いつもそのまま届けます
reason-no_consent = 内容による迷惑メール対策に同意されていないので、内容は見ていません。差出人の認証の結果だけを示しています
reason-malware = 危険なファイルのあるメールは、どのリストにあっても届けません
reason-refuse_list = { $whose }の拒否リストの「{ $entry }」で決まりました
reason-receive_list = { $whose }の受信リストの「{ $entry }」で決まりました
reason-keyword = キーワードの規則「{ $rule }」で決まりました
reason-condition = { $whose }の条件「{ $condition }」で決まりました
reason-threshold =
    { $class ->
        [suspect] { $shown ->
            [percent] 迷惑である確率が { $points } % で、{ $whose }の「迷惑かもしれない」の基準 { $threshold } % に達しました
            [level] { $whose }の強さでは「迷惑かもしれない」にあたります
           *[points] 合計 { $points } 点で、{ $whose }の「迷惑かもしれない」の基準 { $threshold } 点に達しました
        }
       *[other] { $shown ->
            [percent] 迷惑である確率が { $points } % で、{ $whose }の基準 { $threshold } % に達しました
            [level] { $whose }の強さでは迷惑メールにあたります
           *[points] 合計 { $points } 点で、{ $whose }の基準 { $threshold } 点に達しました
        }
    }
reason-kind = 「{ $class }」を{ $whose }のとおりに扱いました
reason-unknown = 「{ $control }」ができませんでした。そのときの扱いは{ $whose }で決まっています
reason-nothing = 届けない理由はありませんでした
reason-fault = こちらの不具合で判定できませんでした。メールは失われていません。送った側があとで送り直します

## 結果を変えたはずの、いちばん小さな変更

otherwise-deliver = { $change }、届いていました
otherwise-unmarked = { $change }、印なしで届いていました
otherwise-marked = { $change }、印がついて届いていました
otherwise-not-delivered = { $change }、届いていませんでした

change-refuse-entry-removed = 拒否リストに「{ $entry }」がなければ
change-receive-entry-removed = 受信リストに「{ $entry }」がなければ
change-receive-entry-added = この差出人を受信リストに入れていれば
change-receive-entry-added-unverified = この差出人を「証明できなくても」として受信リストに入れていれば
change-keyword-removed = キーワードの規則「{ $rule }」がなければ
change-condition-removed = 条件「{ $condition }」を選んでいなければ
change-threshold =
    { $shown ->
        [percent] 基準を { $threshold } % にしていれば
        [level] 別の強さを選んでいれば
       *[points] 基準を { $threshold } 点にしていれば
    }
change-suspect =
    { $shown ->
        [percent] 「迷惑かもしれない」の基準を { $threshold } % にしていれば
        [level] 「迷惑かもしれない」に別の強さを選んでいれば
       *[points] 「迷惑かもしれない」の基準を { $threshold } 点にしていれば
    }
change-action = 「{ $class }」を「{ $action }」にしていれば
change-refused = 拒否リストのメールを「{ $action }」にしていれば
change-one-finding = { $first } がなければ
change-two-findings = { $first } と { $second } がなければ
change-two-settings = { $first }、さらに{ $second }

## 設定の言葉

step-refuse = 拒否リスト
step-receive = 受信リスト
step-keywords = キーワードの規則
step-conditions = 条件
step-threshold = 点数の基準

mode-off = 使わない
mode-observe = 見るだけ
mode-label = 印だけ
mode-enforce = 使う

effect-label = 印をつける
effect-slow = 応答を遅らせる
effect-defer = あとで送り直してもらう
effect-refuse = 受け取らない
effect-hold = 届けずに取っておく
effect-points = 点数に数える

basis-maintenance = 正当業務行為
basis-consent = 利用者の同意

## 届けたメールの、取り除いた部分の代わりに入れる文

not-done = 「{ $control }」ができませんでした。良いとも悪いとも言えません
notice-removed = このメールの「{ $file }」からウイルス ({ $virus }) が見つかったため、取り除きました。ほかの部分は届いたときのままです。元のメールは迷惑メールフォルダに { $days } 日間保管しています。控え番号: { $reference }
notice-attachment = このメールは添付ファイルを受け取らない設定のため、「{ $file }」を取り除きました。ほかの部分は届いたときのままです。元のメールは迷惑メールフォルダに { $days } 日間保管しています。控え番号: { $reference }
notice-a-part = 名前のない部分
