//! Links that speak TLS, over real sockets, with certificates made here.

use std::{fs, path::Path, sync::Arc};

use crate::common::{
    World, add_link, filed,
    socket::{ACK, EOT, Operating, SOON, connect, free, is_closed, operate, send, until},
    sodium, with_tubes,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use titer_lab::Actor;
use titer_link::{
    board::SocketState,
    links::{
        LinkId,
        commands::AddLink,
        operating::{SecureLink, Tls},
    },
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// An authority, and what it has vouched for, in files.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: String,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = write(folder, &format!("{name}.crt"), &params.self_signed(&key).unwrap().pem());
        Authority { issuer: Issuer::new(params, key), file }
    }

    /// The files of a certificate for this machine, and of its key.
    fn vouch(&self, folder: &Path, name: &str) -> (String, String) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = write(folder, &format!("{name}.key"), &key.serialize_pem());
        (write(folder, &format!("{name}.crt"), &certificate.pem()), key)
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&self.file).unwrap()).unwrap();
        roots
    }
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

async fn secure(world: &World, link: LinkId, certificate: &str, key: &str, authority: &str) {
    let tls = Tls { certificate: certificate.to_owned(), key: key.to_owned(), authority: authority.to_owned() };
    world.run(Actor::Console, SecureLink { link, tls }).await.unwrap();
}

async fn listening(operating: &Operating, link: LinkId) {
    until(async || operating.board.status(link).state == SocketState::Listening).await;
}

/// An analyzer that connects by TLS, with a certificate of its own or without.
async fn analyzer(
    address: &str,
    trusts: &Authority,
    own: Option<&(String, String)>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(trusts.roots());
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let certificate = vec![CertificateDer::from_pem_file(certificate).unwrap()];
            builder.with_client_auth_cert(certificate, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
        }
    };
    let socket = connect(address).await;
    TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), socket).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_listens_by_tls_takes_nothing_in_the_clear() {
    let (world, address, link) = with_tubes(&["T1"]).await;
    let authority = Authority::new(world.folder.path(), "authority");
    let (certificate, key) = authority.vouch(world.folder.path(), "link");
    secure(&world, link, &certificate, &key, "").await;
    let operating = operate(&world.lab);
    listening(&operating, link).await;
    let mut plain = connect(&address).await;
    plain.write_all(b"\x05\x05\x05\x05\x05\x05").await.unwrap();
    until(async || operating.board.status(link).trouble.is_some_and(|(_, t)| t.contains("no TLS"))).await;
    assert_eq!(filed(&world, &["T1"]).await, [0]);

    let mut socket = analyzer(&address, &authority, None).await.unwrap();
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    assert!(operating.board.status(link).connected.iter().any(|c| c.tls));
    let stranger = Authority::new(world.folder.path(), "stranger");
    assert!(analyzer(&address, &stranger, None).await.is_err(), "who trusts another authority does not go on");
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_an_authority_takes_only_peers_that_it_vouches_for() {
    let (world, address, link) = with_tubes(&["T1"]).await;
    let folder = world.folder.path();
    let (authority, stranger) = (Authority::new(folder, "authority"), Authority::new(folder, "stranger"));
    let (certificate, key) = authority.vouch(folder, "link");
    secure(&world, link, &certificate, &key, &authority.file).await;
    let operating = operate(&world.lab);
    listening(&operating, link).await;
    for own in [None, Some(stranger.vouch(folder, "forged"))] {
        // TLS 1.3 tells the peer only after its first bytes.
        let refused = match analyzer(&address, &authority, own.as_ref()).await {
            Err(_) => true,
            Ok(mut socket) => {
                let (mut read, mut write) = tokio::io::split(&mut socket);
                let _ = write.write_all(&[5]).await;
                let answer = timeout(SOON, tokio::io::AsyncReadExt::read_u8(&mut read)).await.expect("an end");
                answer.is_err()
            }
        };
        assert!(refused);
    }
    assert_eq!(operating.board.status(link).messages, 0);
    let own = authority.vouch(folder, "analyzer");
    let mut socket = analyzer(&address, &authority, Some(&own)).await.unwrap();
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_connects_by_tls_speaks_only_to_whom_its_authority_vouches_for() {
    let (world, _, _) = with_tubes(&["T1"]).await;
    let folder = world.folder.path();
    let (authority, stranger) = (Authority::new(folder, "authority"), Authority::new(folder, "stranger"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let add = AddLink { name: "outgoing".to_owned(), listens: false, ..add_link("titer-sim-chemistry", &address) };
    let link = world.run(Actor::Console, add).await.unwrap();
    world.put_into_use(link).await;
    secure(&world, link, "", "", &authority.file).await;
    let operating = operate(&world.lab);

    let serve = |(certificate, key): (String, String)| {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let certificate = vec![CertificateDer::from_pem_file(certificate).unwrap()];
        let config = builder.with_single_cert(certificate, PrivateKeyDer::from_pem_file(key).unwrap()).unwrap();
        TlsAcceptor::from(Arc::new(config))
    };
    let (socket, _) = timeout(SOON, listener.accept()).await.expect("it connects").unwrap();
    assert!(serve(stranger.vouch(folder, "forged")).accept(socket).await.is_err(), "another authority's");
    until(async || operating.board.status(link).trouble.is_some_and(|(_, t)| t.contains("no TLS"))).await;
    let (socket, _) = timeout(SOON, listener.accept()).await.expect("it connects again").unwrap();
    let mut socket = serve(authority.vouch(folder, "analyzer")).accept(socket).await.unwrap();
    assert_eq!(send(&mut socket, &sodium("T1")).await, ACK);
    socket.write_all(&[EOT]).await.unwrap();
    assert_eq!(filed(&world, &["T1"]).await, [1]);
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_read_are_trouble_and_are_tried_again() {
    let (world, address) = (World::standing().await, free());
    let link = world.link("titer-sim-chemistry", &address).await;
    let folder = world.folder.path();
    let authority = Authority::new(folder, "authority");
    let (certificate, key) = authority.vouch(folder, "link");
    let hidden = format!("{certificate}.hidden");
    fs::rename(&certificate, &hidden).unwrap();
    secure(&world, link, &certificate, &key, "").await;
    let operating = operate(&world.lab);
    until(async || operating.board.status(link).state == SocketState::Stopped).await;
    let trouble = operating.board.status(link).trouble.unwrap().1;
    assert!(trouble.contains(&certificate) && trouble.contains("cannot be read"), "{trouble}");
    assert!(TcpStream::connect(&address).await.is_err(), "it does not fall back to the clear");
    fs::rename(&hidden, &certificate).unwrap();
    listening(&operating, link).await;
    // And when it becomes useless while the link listens, that connection is refused, and no other.
    fs::write(&key, "no key").unwrap();
    let mut socket = connect(&address).await;
    assert!(is_closed(&mut socket).await);
    until(async || operating.board.status(link).trouble.is_some_and(|(_, t)| t.contains(&key))).await;
    operating.end().await;
}
