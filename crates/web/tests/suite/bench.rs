//! The bench: what is outstanding, and results by hand as a browser sends them.

use crate::common::{Person, Service, World};
use crate::drafts::{again, back_of};
use axum::http::StatusCode;
use titer_lab::catalog::AnalyteId;
use titer_lab::results::views::{self as results, LabResult};
use titer_lab::specimens::SpecimenId;
use titer_lab::{Action, Role};

/// A laboratory with a manual method, and who works there.
struct Bench {
    service: Service,
    supervisor: Person,
    method: String,
}

impl Bench {
    async fn new() -> Self {
        let service = Service::of(World::standing().await, false).await;
        let supervisor = service.person(Role::Supervisor).await;
        let manual = [("name", "Flame photometer"), ("kind", "manual"), ("link", ""), ("module", "")];
        let added = service.make(&supervisor, "/instruments/new", &manual).await;
        let method = added.location().rsplit('/').next().unwrap().to_owned();
        service.world.verified(method.parse().unwrap()).await;
        Bench { service, supervisor, method }
    }

    fn technician(&self) -> &Person {
        &self.service.world.technician
    }

    async fn tube(&self, barcode: &str) -> SpecimenId {
        let patient = self.service.world.patient(&format!("MRN-{barcode}")).await;
        self.service.world.received(patient, &["potassium"], barcode).await.1
    }

    async fn analyte(&self) -> AnalyteId {
        self.service.world.catalog().await.analyte_by_key("potassium").unwrap().id
    }

    async fn grid(&self) -> String {
        let catalog = self.service.world.catalog().await;
        let test = catalog.tests().iter().find(|t| t.key == "potassium").unwrap().id;
        format!("/bench/entry?test={test}")
    }

    /// Sends the grid as it is shown to somebody now.
    async fn send(&self, who: &Person, cells: &[(String, &str)], more: &[(&str, &str)]) -> crate::common::Answer {
        let grid = self.grid().await;
        let shown = self.service.shown(who, &grid).await;
        self.send_shown(who, &shown, cells, more).await
    }

    async fn send_shown(
        &self,
        who: &Person,
        shown: &str,
        cells: &[(String, &str)],
        more: &[(&str, &str)],
    ) -> crate::common::Answer {
        let grid = self.grid().await;
        let test = grid.rsplit('=').next().unwrap();
        let mut fields = vec![("test", test), ("shown", shown), ("instrument", self.method.as_str()), ("measured", "")];
        fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        fields.extend(more);
        fields.extend(cells.iter().map(|(name, value)| (name.as_str(), *value)));
        self.service.post(who, &grid, &fields).await
    }

    async fn cell(&self, specimen: SpecimenId) -> String {
        format!("cell-{specimen}-{}", self.analyte().await)
    }

    async fn results(&self, specimen: SpecimenId) -> Vec<LabResult> {
        self.service.world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap()
    }

    async fn see(&self, path: &str) -> String {
        self.service.get(self.technician(), path).await.page()
    }
}

#[tokio::test]
async fn the_bench_lists_outstanding_tubes_and_leads_to_the_grid() {
    let bench = Bench::new().await;
    assert!(bench.see("/bench").await.contains("No outstanding tests"));
    let specimen = bench.tube("TUBE-1").await;
    let page = bench.see("/bench").await;
    for part in ["1 outstanding tube", "TUBE-1", "0 min", "Enter results of", &format!("specimen={specimen}")] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(bench.see("/bench?discipline=chemistry").await.contains("TUBE-1"));
    assert!(!bench.see("/bench?discipline=haematology").await.contains("TUBE-1"));
    assert!(bench.see(&format!("/bench?instrument={}", bench.method)).await.contains("TUBE-1"));
    let world = &bench.service.world;
    let link = world.unmeasured("cobas-c111", "127.0.0.1:0").await;
    world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    let link = link.to_string();
    let linked = [("name", "cobas 1"), ("kind", "analyzer"), ("link", link.as_str()), ("module", "")];
    let added = bench.service.make(&bench.supervisor, "/instruments/new", &linked).await;
    let analyzer = added.location().rsplit('/').next().unwrap().to_owned();
    assert!(bench.see(&format!("/bench?instrument={analyzer}")).await.contains("TUBE-1"));
    assert!(!bench.see(&format!("/bench?instrument={}", bench.method)).await.contains("TUBE-1"), "a link has it");
    let grid = bench.see(&format!("{}&specimen={specimen}", bench.grid().await)).await;
    for part in [
        "<tr class=\"here\">",
        "data-says=\"K (mmol/L)\"",
        "TUBE-1",
        "Flame photometer",
        &bench.cell(specimen).await,
        "cobas 1",
    ] {
        assert!(grid.contains(part), "{part}: {grid}");
    }
    let lost = bench.see(&format!("{}&number=TUBE-9", bench.grid().await)).await;
    assert!(lost.contains("TUBE-9</span> is not on this list"), "{lost}");
    assert_eq!(bench.service.get(bench.technician(), "/bench/entry?test=1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_entered_is_filed_and_what_is_refused_stays_as_it_was_typed() {
    let bench = Bench::new().await;
    let (one, two) = (bench.tube("TUBE-1").await, bench.tube("TUBE-2").await);
    let (first, second) = (bench.cell(one).await, bench.cell(two).await);
    let page = bench.send(bench.technician(), &[(first.clone(), "4.1"), (second.clone(), "4,1")], &[]).await.again();
    for part in ["One value is saved.", "One value is not saved:", "is not a number that can be read", "value=\"4,1\""]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(&format!("href=\"#{second}\"")) && !page.contains(&first), "{page}");
    assert_eq!(bench.results(one).await[0].value, "4.1");
    assert_eq!(bench.results(two).await, []);
    let saved = bench.send(bench.technician(), &[(second, "4.2")], &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(bench.see("/bench").await.contains("No outstanding tests"));
    for path in [format!("/specimens/{one}"), "/review".to_owned()] {
        let page = bench.see(&path).await;
        assert!(page.contains("entered by technician of the test with Flame photometer"), "{path}: {page}");
    }
    let review = bench.see("/review").await;
    assert_eq!(review.matches("data-alone").count(), 2, "results by hand are marked one by one: {review}");
}

#[tokio::test]
async fn whatever_is_typed_into_a_cell_is_refused_as_it_was_typed_and_the_first_refused_cell_gets_the_keys() {
    let bench = Bench::new().await;
    let (one, two) = (bench.tube("TUBE-01").await, bench.tube("TUBE-02").await);
    let (first, second) = (bench.cell(one).await, bench.cell(two).await);
    let long = "9".repeat(10_000);
    let hostile = ["1e5", "-0", "04.1", "٤", "4,1", "4.1 4.2", "<> 4", "4.1\u{200b}", "<b>4</b>", "TUBE-01", &long];
    for typed in hostile {
        let page =
            bench.send(bench.technician(), &[(first.clone(), typed), (second.clone(), typed)], &[]).await.again();
        assert!(page.contains("2 values are not saved:"), "{typed}: {page}");
        let cell = |name: &str| {
            let (_, cell) = page.split_once(&format!("<input name=\"{name}\"")).unwrap();
            cell.split('>').next().unwrap().to_owned()
        };
        let wrong = format!("aria-invalid=\"true\" aria-describedby=\"{first}-wrong\" data-focus");
        assert!(cell(&first).contains(&wrong) && page.contains(&format!("id=\"{first}-wrong\"")), "{typed}: {page}");
        assert!(!cell(&second).contains("data-focus") && page.matches("data-focus").count() == 1, "{typed}: {page}");
    }
    assert!(bench.results(one).await.is_empty() && bench.results(two).await.is_empty());
}

#[tokio::test]
async fn the_only_instrument_is_chosen_and_a_chosen_one_stays_chosen() {
    let bench = Bench::new().await;
    let specimen = bench.tube("TUBE-1").await;
    bench.tube("TUBE-2").await;
    let grid = bench.grid().await;
    let chosen = format!("<option value=\"{}\" selected>Flame photometer", bench.method);
    let alone = bench.see(&grid).await;
    assert!(alone.contains(&chosen), "{alone}");
    let second = [("name", "Osmometer"), ("kind", "manual"), ("link", ""), ("module", "")];
    bench.service.make(&bench.supervisor, "/instruments/new", &second).await;
    let page = bench.see(&grid).await;
    assert!(page.contains("Osmometer") && !page.contains("\" selected>"), "{page}");
    let saved = bench.send(bench.technician(), &[(bench.cell(specimen).await, "4.1")], &[]).await;
    let page = bench.see(saved.location()).await;
    assert!(page.contains("TUBE-2") && page.contains(&chosen), "{page}");
}

#[tokio::test]
async fn an_analyte_is_sought_for_second_readers_and_only_those_that_are_shown_change() {
    let bench = Bench::new().await;
    let director = &bench.service.world.director;
    let analyte = bench.analyte().await.to_string();
    let found = bench.service.get(director, "/bench/readers?text=potas").await.page();
    assert!(found.contains("Potassium") && !found.contains("Sodium"), "{found}");
    assert!(found.contains("<option value=\"all\" selected>"), "a text alone is sought in all disciplines: {found}");
    assert!(bench.service.get(director, "/bench/readers?text=zzz").await.page().contains("No analyte found"));
    let all = bench.service.get(director, "/bench/readers?discipline=all").await.page();
    assert!(all.contains("Potassium") && all.contains("Sodium"), "{all}");
    let haematology = bench.service.get(director, "/bench/readers?discipline=haematology&text=potas").await.page();
    assert!(haematology.contains("No analyte found"), "{haematology}");
    let rule = [("discipline", "all"), ("text", "potas"), ("analyte", analyte.as_str()), ("reader", analyte.as_str())];
    let set = bench.service.make(director, "/bench/readers", &rule).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    let other = bench.service.get(director, "/bench/readers?text=sodium").await.page();
    let sodium = other.split("name=\"analyte\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    bench.service.make(director, "/bench/readers", &[("discipline", "all"), ("analyte", sodium.as_str())]).await;
    let found = bench.service.get(director, "/bench/readers?text=potas").await.page();
    assert!(found.contains(&format!("value=\"{analyte}\" checked")), "what was not shown stays: {found}");
}

#[tokio::test]
async fn a_form_that_comes_twice_files_once_and_who_comes_second_is_told() {
    let bench = Bench::new().await;
    let specimen = bench.tube("TUBE-1").await;
    let cell = bench.cell(specimen).await;
    let shown = bench.service.shown(bench.technician(), &bench.grid().await).await;
    for _ in 0..2 {
        let sent = bench.send_shown(bench.technician(), &shown, &[(cell.clone(), "4.1")], &[]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    }
    assert_eq!(bench.results(specimen).await.len(), 1);
    let late = bench.send_shown(&bench.supervisor, &shown, &[(cell.clone(), "7.2")], &[]).await.again();
    for part in ["technician of the test filed a result", "<bdi>7.2</bdi>", "TUBE-1"] {
        assert!(late.contains(part), "{part}: {late}");
    }
    let stands = bench.results(specimen).await.remove(0);
    assert_eq!((&*stands.value, &*stands.holds[0]), ("4.1", "contradicted-critical"));
}

#[tokio::test]
async fn what_is_wrong_with_all_of_it_is_said_once_and_nothing_typed_is_lost() {
    let bench = Bench::new().await;
    let (one, two) = (bench.tube("TUBE-1").await, bench.tube("TUBE-2").await);
    let cells = [(bench.cell(one).await, "4.1"), (bench.cell(two).await, "4.2")];
    let cases = [
        (("instrument", ""), "href=\"#instrument\"", "There is no such instrument"),
        (("measured", "yesterday"), "href=\"#measured\"", "cannot be read"),
        (("measured", "01 Jan 2999 10:00"), "href=\"#measured\"", "in the future"),
        (("measured", "02 Jan 2025 07:10"), "name=\"confirmed\" value=\"1735801800000000\"", "days ago"),
    ];
    for ((name, value), field, why) in cases {
        let page = bench.send(bench.technician(), &cells, &[(name, value)]).await.again();
        assert!(page.contains(field) && page.matches(why).count() <= 2 && page.contains(why), "{value}: {page}");
        assert!(page.contains("value=\"4.1\"") && page.contains("value=\"4.2\""), "{value}: {page}");
    }
    assert_eq!(bench.results(one).await, []);
    let nothing = bench.send(bench.technician(), &[], &[]).await.again();
    assert!(nothing.contains("Nothing is entered"), "{nothing}");
    let confirmed = [("measured", "02 Jan 2025 07:10"), ("confirmed", "1735801800000000")];
    assert_eq!(bench.send(bench.technician(), &cells, &confirmed).await.status, StatusCode::SEE_OTHER);
    assert!(bench.results(one).await[0].holds[0].starts_with("measured-before-receipt"));
}

#[tokio::test]
async fn a_second_reader_does_not_see_the_first_value() {
    let bench = Bench::new().await;
    let director = &bench.service.world.director;
    let analyte = bench.analyte().await.to_string();
    let rule = [("discipline", "chemistry"), ("analyte", analyte.as_str()), ("reader", analyte.as_str())];
    let set = bench.service.make(director, "/bench/readers", &rule).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.text());
    let stale = [&rule[..2], &[("shown", "0")]].concat();
    assert!(bench.service.post(director, "/bench/readers", &stale).await.again().contains("changed"));
    let listed = bench.see("/bench/readers?discipline=chemistry").await;
    assert!(listed.contains("<li>Potassium</li>") && !listed.contains("method=\"post\" action=\"/bench"), "{listed}");

    let specimen = bench.tube("TUBE-1").await;
    let cell = bench.cell(specimen).await;
    bench.send(bench.technician(), &[(cell.clone(), "4.1")], &[]).await;
    let list = bench.see("/bench").await;
    assert!(list.contains("second reading: K"), "{list}");
    let own = bench.see(&bench.grid().await).await;
    assert!(own.contains("second reader awaited") && !own.contains(&cell), "{own}");
    let same = bench.send(bench.technician(), &[(cell.clone(), "4.2")], &[]).await.again();
    assert!(same.contains("You read this result first"), "{same}");
    let blind = bench.service.get(&bench.supervisor, &bench.grid().await).await.page();
    assert!(blind.contains(&cell) && blind.contains("You are the second reader") && !blind.contains("4.1"), "{blind}");

    let result = bench.results(specimen).await.remove(0);
    let mark = format!("{}:{}:held", result.id, result.version);
    let fields = [("mark", mark.as_str()), ("password", crate::common::PASSWORD)];
    let signed = bench.service.post(&bench.supervisor, "/review/signed", &fields).await.again();
    assert!(signed.contains("awaits a second reader"), "{signed}");
    let again = bench.send(&bench.supervisor, &[(cell, "4.1")], &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    let page = bench.see(&format!("/specimens/{specimen}")).await;
    for part in ["entered by technician of the test with Flame photometer", "read again by supervisor of the test"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(bench.results(specimen).await[0].holds, [] as [&str; 0]);
}

#[tokio::test]
async fn an_age_beyond_the_target_is_marked_and_without_a_target_only_the_age_is_shown() {
    let bench = Bench::new().await;
    bench.tube("TUBE-1").await;
    let grid = bench.grid().await;
    let routine = format!("routine-{}", grid.rsplit('=').next().unwrap());
    let set = async |value: &str| {
        let fields = [("discipline", "chemistry"), (routine.as_str(), value)];
        bench.service.make(&bench.supervisor, "/bench/targets", &fields).await
    };
    for (value, why) in [("soon", "is not a number of minutes"), ("0", "at least 1 minute")] {
        let page = set(value).await.again();
        assert!(page.contains(why) && page.contains(&format!("value=\"{value}\"")), "{page}");
    }
    bench.service.world.pass(21 * 60);
    assert!(bench.see("/bench").await.contains("<span class=\"muted\">21 min</span>"));
    assert_eq!(set("20").await.status, StatusCode::SEE_OTHER);
    assert!(bench.see("/bench").await.contains("<b class=\"state caution\">21 of 20 min</b>"));
    let seen = bench.see("/bench/targets?discipline=chemistry").await;
    assert!(seen.contains("Potassium") && !seen.contains("name=\"routine-"), "{seen}");
}

#[tokio::test]
async fn an_analyzer_whose_link_is_down_may_be_chosen_and_one_that_sends_may_not() {
    let bench = Bench::new().await;
    let specimen = bench.tube("TUBE-1").await;
    let link = bench.service.world.unmeasured("cobas-c111", "127.0.0.1:0").await.to_string();
    let linked = [("name", "cobas 1"), ("kind", "analyzer"), ("link", link.as_str()), ("module", "")];
    let added = bench.service.make(&bench.supervisor, "/instruments/new", &linked).await;
    let analyzer = added.location().rsplit('/').next().unwrap().to_owned();
    let cell = [(bench.cell(specimen).await, "4.1")];
    // The link is open in no process.
    let sent = bench.send(bench.technician(), &cell, &[("instrument", &analyzer)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
}

#[tokio::test]
async fn values_come_back_after_the_session_has_ended_also_those_of_cells_that_are_filled_meanwhile() {
    let bench = Bench::new().await;
    let (one, two) = (bench.tube("TUBE-1").await, bench.tube("TUBE-2").await);
    let (first, second) = (bench.cell(one).await, bench.cell(two).await);
    let grid = bench.grid().await;
    let shown = bench.service.shown(bench.technician(), &grid).await;
    let person = again(&bench.service, bench.technician(), "technician").await;
    bench.service.world.pass(31 * 60);
    let late = bench.send_shown(&person, &shown, &[(first.clone(), "4.11"), (second.clone(), "4.22")], &[]).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER);
    let back = back_of(late.location());
    let supervisor = again(&bench.service, &bench.supervisor, "supervisor").await;
    bench.send(&supervisor, &[(second, "4.3")], &[]).await;
    let signed_in = again(&bench.service, bench.technician(), "technician").await;
    let page = bench.service.get(&signed_in, &back).await.page();
    let (_, cell) = page.split_once(&format!("name=\"{first}\"")).unwrap();
    assert!(cell.split('>').next().unwrap().contains("value=\"4.11\""), "{page}");
    assert!(page.contains("4.22"), "what has no cell any more is told: {page}");
}

#[tokio::test]
async fn who_does_not_work_at_the_bench_enters_nothing() {
    let bench = Bench::new().await;
    let clerk = bench.service.person(Role::Clerk).await;
    assert!(!Role::Clerk.grants(Action::EnterResults));
    let sent = bench.service.post(&clerk, "/bench/entry", &[("test", "1")]).await;
    assert_eq!(sent.status, StatusCode::FORBIDDEN);
}
