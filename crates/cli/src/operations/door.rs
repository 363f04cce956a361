//! What staff ask about the door.

use checkpoint::door::lists::Standing;

use crate::control::Response;
use crate::house::House;

/// Every DNS list, a line each: name, zone, how it stands, questions, listings.
pub(super) async fn lists(house: &House) -> Response {
    house.test_lists().await;
    let names = house.gate.door.names.load_full();
    let Some(lists) = &names.lists else {
        return Response::ok("no DNS list is configured ([[door.lists]])").with("none");
    };
    let lines = lists.standings().into_iter().map(|list| {
        let why = match &list.standing {
            Standing::Disarmed(wrong) => format!(": {wrong}"),
            Standing::Armed | Standing::Untested => String::new(),
        };
        let (name, zone, standing) = (&list.name, &list.zone, list.standing.name());
        format!("{name}\t{zone}\t{standing}{why}\t{} questions\t{} listings", list.asked, list.listed)
    });
    Response::ok(lines.collect::<Vec<_>>().join("\n"))
}
