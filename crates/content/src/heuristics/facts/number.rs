//! Numbers that a condition can set bounds to.

use super::{Number, View};

pub(in crate::heuristics) const NUMBERS: [Number; 22] = [
    Number { name: "attachments", of: |view| view.message.attachments.len() },
    Number { name: "body-letters", of: |view| view.scripts().letters() },
    Number { name: "forms", of: |view| html(view, |html| html.forms) },
    Number { name: "from-addresses", of: |view| view.from.len() },
    Number { name: "half-width-kana", of: |view| count(view, |c| matches!(c, '\u{ff66}'..='\u{ff9f}')) },
    Number { name: "hidden-text", of: |view| html(view, |html| html.hidden.trim().len()) },
    Number { name: "hops", of: |view| view.hops().len() },
    Number { name: "html-noise", of: |view| html(view, |html| html.noise) },
    Number { name: "kana", of: |view| view.scripts().kana },
    Number { name: "cyrillic", of: |view| view.scripts().cyrillic },
    Number { name: "hangul", of: |view| view.scripts().hangul },
    Number { name: "han", of: |view| view.scripts().han },
    Number { name: "latin", of: |view| view.scripts().latin },
    Number { name: "links", of: |view| view.message.links.len() },
    Number { name: "parts", of: |view| view.message.parts },
    Number { name: "recipients", of: recipients },
    Number { name: "remote-images", of: |view| html(view, |html| html.remote_images) },
    Number { name: "scripts", of: |view| html(view, |html| html.scripts) },
    Number { name: "simplified-characters", of: |view| count(view, |c| SIMPLIFIED.contains(c)) },
    Number { name: "subject-exclamations", of: |view| view.subject.chars().filter(|&c| c == '!').count() },
    Number { name: "tracking-images", of: |view| html(view, |html| html.tracking_images) },
    Number {
        name: "zero-width",
        of: |view| count(view, |c| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')),
    },
];

/// Frequent characters of simplified Chinese that Japanese does not use (nor JIS X 0208 as Japanese).
const SIMPLIFIED: &str = "们这请您账为时见验证认设务发单过还进运费题页项输续级络链银钱购订讯车东业专仅优关兴减击动劳华协卖历压变启员响园围图处备够头奖妇实审对导尔层岁币帐帮库应开录总恶惊户报拥择损换摆敌术权极构样检测满灵热电疗监盘码确种积签简类红约纪纯线组细织经结给统绩维绿缴罗职联肤胜脑营补规视览觉计让训议记讲许论访诉诊词译试话该详语误说读调谈谢贝负财责败货质贯贴贵贷资赏赔赠赢跃转轮软轻载较边达迁迟适选递邮释针钟铁锁错键镇长门闭问闲间闻阅队阳阴阶际陆险隐难雾顶顺须预领频颗颜额风飞饭饮馆驾鱼鲜鸟齐龙";

fn html(view: &View<'_>, of: fn(&message::html::Html) -> usize) -> usize {
    view.message.html.as_ref().map_or(0, of)
}

fn count(view: &View<'_>, fits: fn(char) -> bool) -> usize {
    if view.shown.is_ascii() {
        return 0;
    }
    view.shown.chars().filter(|&c| fits(c)).count()
}

fn recipients(view: &View<'_>) -> usize {
    view.to().len() + view.message.headers.mailboxes("Cc").len()
}
