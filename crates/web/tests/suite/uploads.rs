//! The door for files: the PDF of a verification record, as browsers and others send it.

use super::systems::{Bench, part};
use crate::common::PASSWORD;
use crate::drafts::{again, back_of};
use axum::http::StatusCode;
use titer_lab::systems::State;

const PDF: &[u8] = b"%PDF-1.7 all figures";

#[tokio::test]
async fn a_form_that_is_not_whole_signs_nothing() {
    let bench = Bench::new().await;
    bench.sodium().await;
    let (marks, director) = (bench.marks().await, bench.director());
    let whole = bench.record(&marks, &[], Some(part("all.pdf", PDF)));
    let two = [part("all.pdf", PDF), part("more.pdf", PDF)].concat();
    let end = whole.len() - "--XyZ--\r\n".len();
    let wrong: [(&str, Vec<u8>); 6] = [
        ("XyZ", whole[..end].to_vec()),
        ("XyZ", whole[..end - PDF.len() / 2].to_vec()),
        ("XyZ", whole[..200].to_vec()),
        ("XyY", whole.clone()),
        ("XyZ", bench.record(&marks, &[], Some(two))),
        (
            "XyZ",
            bench.record(&marks, &[], Some(part("all.pdf", &vec![b'%'; titer_shell::upload::FILE_FORM_BYTES_MAX]))),
        ),
    ];
    for (at, (boundary, body)) in wrong.into_iter().enumerate() {
        let answer = bench.send(director, boundary, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{at}: {}", answer.text());
        assert_eq!(bench.systems().await[0].state, State::Described, "{at}");
    }
    let none = bench.record(&marks, &[], Some(part("", b"")));
    let signed = bench.send(director, "XyZ", none).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "no file was chosen: {}", signed.text());
    let page = bench.service.get(director, signed.location()).await.page();
    assert!(!page.contains("SHA-256"), "{page}");
}

#[tokio::test]
async fn a_file_that_cannot_be_kept_is_refused_beside_its_field_and_what_was_typed_stays() {
    let bench = Bench::new().await;
    bench.sodium().await;
    let (marks, director) = (bench.marks().await, bench.director());
    let large = [PDF, &vec![b' '; titer_lab::systems::PDF_BYTES_MAX]].concat();
    let wrong: [(&str, &[u8], &str); 6] = [
        ("all.pdf", b"", "not a PDF"),
        ("all.pdf", b"PK\x03\x04", "not a PDF"),
        ("all.pdf", b" %PDF-1.7", "not a PDF"),
        ("a\u{202e}fdp.exe", PDF, "hidden character"),
        (&"a".repeat(301), PDF, "is too long"),
        ("all.pdf", &large, "larger than 20 MB"),
    ];
    for (name, bytes, said) in wrong {
        let body = bench.record(&marks, &[], Some(part(name, bytes)));
        let page = bench.send(director, "XyZ", body).await.again();
        assert!(page.contains(said) && page.contains("href=\"#file\""), "{name}: {page}");
        assert!(page.contains("mean bias 0.4 %"), "{page}");
    }
    let most = [PDF, &vec![b' '; titer_lab::systems::PDF_BYTES_MAX - PDF.len()]].concat();
    let signed = bench.send(director, "XyZ", bench.record(&marks, &[], Some(part("all.pdf", &most)))).await;
    let file = bench.service.get(director, &format!("{}/file", signed.location())).await;
    assert!(file.bytes == most, "{} bytes", file.bytes.len());
}

/// The name is shown, and names no file anywhere.
#[tokio::test]
async fn the_name_of_a_file_is_a_text_and_nothing_else() {
    for (sent, shown) in [
        ("../../etc/passwd", "../../etc/passwd"),
        (r"C:\fakepath\all.pdf", r"C:\fakepath\all.pdf"),
        ("a%22b.pdf", "a&#34;b.pdf"),
        ("<b>.pdf", "&#60;b&#62;.pdf"),
        ("Überprüfung 検証.pdf", "Überprüfung 検証.pdf"),
    ] {
        let bench = Bench::new().await;
        bench.sodium().await;
        let body = bench.record(&bench.marks().await, &[], Some(part(sent, PDF)));
        let signed = bench.send(bench.director(), "XyZ", body).await;
        let page = bench.service.get(bench.director(), signed.location()).await.page();
        assert!(page.contains(&format!("{shown}, SHA-256")), "{sent}: {page}");
        let file = bench.service.get(bench.director(), &format!("{}/file", signed.location())).await;
        let disposition = file.headers["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("inline; filename=\"verification-"), "{disposition}");
    }
}

/// The texts of a record take long to write: they are not lost if the session ends meanwhile, however large the file is.
#[tokio::test]
async fn what_was_typed_beside_a_large_file_comes_back_after_the_session_has_ended() {
    let bench = Bench::new().await;
    bench.sodium().await;
    let service = &bench.service;
    let director = bench.director();
    let other = again(service, director, "director").await;
    let body = bench.record(&bench.marks().await, &[], Some(part("all.pdf", &[PDF, &vec![b' '; 2 << 20]].concat())));
    let ended = service.post(director, "/sessions/end-others", &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text());
    let late = bench.send(&other, "XyZ", body).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "{}", late.text());
    let back = back_of(late.location());
    assert!(back.starts_with("/systems/verify/") && back.contains("draft="), "{back}");
    let page = service.get(director, &back).await.page();
    assert!(page.contains("mean bias 0.4 %") && !page.contains(PASSWORD), "{page}");
    assert_eq!(bench.systems().await[0].state, State::Described);
}
