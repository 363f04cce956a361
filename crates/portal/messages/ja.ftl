product = 関所
language = 言語
sections = ページ
skip-to-main = 本文へ
person = { $name }さん
sign-out = サインアウト
about-title = このサービスについて
nav-held = 届けなかったメール
nav-settings = 設定
nav-lookup = 控え番号で調べる
nav-decisions = 処理結果
nav-charts = グラフ
nav-subscribers = 利用者
nav-defaults = 既定の設定
nav-audit = 監査記録
acting-for = { $name } さんの代わりに操作しています。理由: { $reason }
acting-stop = 代理操作を終える
to-first-page = 最初のページへ

# 時刻
time-yesterday = きのう { $time }
time-tomorrow = あした { $time }

# サインイン
sign-in = サインイン
sign-in-title = サインインしてください
sign-in-lead = 届けなかったメールを確かめたり、設定を変えたりできます。
sign-in-wrong = サインインできませんでした。メールアドレスとパスワードを確かめてください。パスワードがわからないときは「コードをメールで受け取る」を使えます。
sign-in-again = 最初からやり直す
address = メールアドレス
password = パスワード
send-code = コードをメールで受け取る
send-code-hint = パスワードがなくても、メールで届く一度きりのコードでサインインできます。初めての方もこちらからどうぞ。
code = コード(8桁の数字)
code-sent = このアドレスがここで使われていれば、コードをメールで送りました。10分以内に入力してください。
code-wrong = コードが違うか、時間が過ぎています。もう一度入力するか、新しいコードを受け取ってください。
code-mail-subject = サインイン用のコード
code-mail-body =
    サインイン用のコード: { $code }

    10分以内に、サインインのページで入力してください。一度だけ使えます。

    心当たりがないときは、何もしなくてかまいません。このコードを知らない人はサインインできません。
    コードをほかの人に教えないでください。事業者の担当者がコードを尋ねることはありません。
staff-sign-in = 担当者のサインイン
staff-login = サインイン名

# 済んだこと
done-released = 受け取りました。メールボックスに届いています。
done-deleted = ごみ箱に移しました。期限までは元に戻せます。
done-erased = 完全に消しました。
done-restored = 元に戻しました。
done-not-spam = 受け取りました。「迷惑メールではない」と覚えました。
done-spam = ごみ箱に移しました。「迷惑メール」と覚えました。
done-allowed = 受信リストに加えました。次のメールから有効です。
done-refused = 拒否リストに加えました。次のメールから有効です。
done-saved = 保存しました。次のメールから有効です。
done-undone = 前の設定に戻しました。次のメールから有効です。
done-signed-out = サインアウトしました。
done-imported = 取り込みました。
done-grounded = 根拠を記録しました。利用者にも、開いたことが表示されます。
done-acting = 代理操作を始めました。理由とともに記録されます。
done-stopped-acting = 代理操作を終えました。
done-nothing = 消すものはありませんでした。

# 分類と処理
class-wanted = ふつうのメール
class-newsletter = お知らせ・メールマガジン
class-suspect = 迷惑かもしれないメール
class-spam = 迷惑メール
class-dating = 出会い系の迷惑メール
class-fee-fraud = 架空請求のメール
class-phishing = 詐欺(なりすまし)メール
class-malware = ウイルスなど危険なメール
action-deliver = 届ける
action-label = ラベルを付けて届ける
action-junk = 迷惑メールフォルダに入れる
action-trash = ごみ箱に入れる
action-header-only = ヘッダーだけ届ける
action-delete = 消す(記録は残る)
action-refuse = 受け取りを断る
action-defer = 後で送り直してもらう
action-refused-by-next-hop = 次のサーバーが断った

# 届けなかったメール
held-title = 届けなかったメール
held-week-title = この7日間に届けなかったメール
held-all-title = 届けなかったメールすべて
trash-title = ごみ箱
released-title = 受け取ったメール
other-mail = ほかのメール
mails = { $count }通
more-mails = ほか { $count }通を見る
level-now = いまの設定: { $level }
change-settings = 設定を変える
consent-given = 内容の確認への同意: あり
consent-missing = 内容の確認への同意: なし
consent-about = 同意について
opened-by-staff = 担当者が、記録した根拠にもとづいてあなたのメールの件名や内容を開きました:
first-visit-title = ここでは、届けなかったメールを確かめられます
first-visit = 必要なメールは「受け取る」を押すと、そのまま届きます。差出人を覚えさせたり、強さを変えたりすることもできます。
first-visit-consent = 同意について読んで決める
search-held = 差出人や件名で探す
search = 探す
no-subject = (件名なし)
from = 差出人
to = 宛先
reason = 理由:
refused-by-next-hop = 次のメールサーバーが受け取らなかったため、ここに保管しています。
details = くわしく
deliver-it = 受け取る
always-receive = 今後も受け取る…
always-refuse = 今後は受け取らない…
delete = 消す
erase = 完全に消す
restore = 元に戻す
delete-together = まとめて消す
days-left = あと{ $days }日で自動的に消えます
empty-search = 見つかりませんでした。ほかの言葉でも探してみてください。
empty-held = この7日間に届けなかったメールはありません
empty-held-hint = 届けなかったメールがあれば、ここに理由とともに並びます。
empty-other = ここには何もありません
retention = 届けなかったメールは { $days }日間保管し、その後自動的に消えます。

# 一通の説明
why-title = なぜ届けなかったか
why-sum = 合計 { $sum } / あなたの設定では { $threshold } 以上を迷惑メールとして扱います
why-unknown = この処理の記録はもう残っていません。メールはそのまま保管しています。
reference = 控え番号
held-at = 届けなかった時刻
not-spam = 迷惑メールではない
surely-spam = 迷惑メールとして知らせる
not-spam-hint = 「迷惑メールではない」を押すと、受け取ったうえで、似たメールを次から届けるように覚えます。
message-gone = このメールはもうありません。消したか、保管の期限が過ぎました。
content-title = メールの内容
content-hint = 開いても、差出人に知られることはありません。画像や外部のものは読み込みません。
open-safely = 安全に開く
view-text = 文字だけで見る
view-html = レイアウト付きで見る
html-hint = 画像・リンク・プログラムは取り除いてあります。
no-text = 文字の内容はありません。
links-title = リンクの本当の行き先
link-goes-to = 行き先:
link-lies = 表示と本当の行き先が違います
attachments-title = 添付ファイル
attachments-hint = 添付ファイルはここでは開けません。受け取ると、メールと一緒に届きます。
back-to-message = メールの説明へ
headers-title = ヘッダーと経路
path-title = 届くまでの経路
path-hint = 古い順です。最後の区間は、わたしたちが直接見たものです。それより前は途中のサーバーの書き込みで、偽ることができます。
path-ours = ここはわたしたちが直接確認しました。
path-claimed = { $server } の書き込みです(確認できません)。
path-seconds = 前の区間から { $seconds } 秒
fields-title = ヘッダー
field-name = 項目
field-value = 内容

# 困ったとき
problem-title = うまくいきませんでした
problem-not-found-what = そのページは見つかりませんでした
problem-not-found-kept = 届けなかったメールや設定は、そのまま残っています。
problem-not-found-next = 最初のページから探してください。
problem-sign-in-what = サインインが必要です
problem-sign-in-kept = 時間が過ぎて、サインインが切れたのかもしれません。入力した内容は保存していませんが、ほかは何も失われていません。
problem-sign-in-next = もう一度サインインしてから、やり直してください。
problem-forbidden-what = このページは、あなたの権限では開けません
problem-forbidden-kept = 何も変わっていません。
problem-forbidden-next = 必要なときは、管理者に相談してください。
problem-not-acting-what = 利用者の設定を開くには、理由の記録が必要です
problem-not-acting-kept = 何も変わっていません。
problem-not-acting-next = 利用者のページで理由を記録してから、もう一度開いてください。
problem-forged-what = この操作は受け付けませんでした
problem-forged-kept = 何も変わっていません。ほかのサイトから送られたか、ページが古くなっています。
problem-forged-next = ページを開き直して、もう一度操作してください。
problem-bad-form-what = 送られた内容を読めませんでした
problem-bad-form-kept = 何も変わっていません。
problem-bad-form-next = 前のページに戻って、もう一度送ってください。
problem-bad-field-what = 入力した内容を確かめてください
problem-bad-field-kept = まだ何も変わっていません。
problem-bad-field-next = 前のページに戻り、直してからもう一度保存してください。
problem-too-large-what = 送られたものが大きすぎます
problem-too-large-kept = 何も変わっていません。
problem-too-large-next = 小さく分けて、もう一度送ってください。
problem-stale-what = ほかの画面で、設定が先に変わりました
problem-stale-kept = 先に保存された設定が有効です。いまの入力は保存していません。
problem-stale-next = 設定のページを開き直して、もう一度変えてください。
problem-busy-what = いま混み合っています
problem-busy-kept = 何も失われていません。
problem-busy-next = 少し待ってから、もう一度試してください。
problem-locked-what = 試した回数が多すぎます
problem-locked-kept = アカウントやメールに変わりはありません。ほかの場所からはサインインできます。
problem-locked-next = 15分ほど待ってから試してください。コードをメールで受け取る方法もあります。
problem-gone-what = このメールはもう保管していません
problem-gone-kept = 先に受け取ったか、消したか、保管の期限が過ぎました。
problem-gone-next = 「受け取ったメール」や「ごみ箱」も確かめてください。
problem-not-taken-what = メールサーバーが、いま受け取りませんでした
problem-not-taken-kept = メールはここに残っています。失われていません。
problem-not-taken-next = しばらくしてから、もう一度「受け取る」を押してください。続くときは事業者に知らせてください。
problem-store-what = いま記録を読み書きできません
problem-store-kept = メールは失われていません。いまの操作は行われていません。
problem-store-next = しばらくしてから、もう一度試してください。
problem-fault-what = こちらの不具合で、表示できませんでした
problem-fault-kept = メールや設定は失われていません。
problem-fault-next = しばらくしてから、もう一度試してください。続くときは事業者に知らせてください。

# このサービスについて
about-what = 関所は、メールの通り道に立って一通ずつ判定し、受け取る人それぞれの設定どおりに処理します。届けなかったメールは、理由とともにあなたのページで確かめられます。
about-all-title = すべての方に行うこと
about-all = 差出人のドメインが本物かどうか(送信ドメイン認証)を確かめ、結果をメールに書き込みます。これはメールを正しく運ぶための業務として、すべてのメールに行います。
about-consent-title = 同意した方にだけ行うこと
about-consent = メールの内容を機械で調べて、迷惑メールかどうかを判定します。同意はいつでも取り消せ、取り消すと次のメールから調べません。
about-kept-title = 保管するもの
about-kept = 届けなかったメールは、設定した日数だけそのままの形で保管し、期限が来ると消します。処理の記録は30日保管します。
about-staff-title = 担当者が見られるもの
about-staff = 担当者は、控え番号・アドレス・IPアドレス・時刻で処理の記録を探せます。件名や内容は、法律上の根拠を記録しない限り開けません。開いたときは、あなたのページに表示されます。
about-licences = アイコンのライセンス
level-strict = つよい
level-standard = おすすめ(標準)
level-gentle = ひかえめ
level-own = 自分で決めた値({ $points })
