using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Cli.Live;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Cli.Tests.Live;

/// <summary>Backends with TLS on loopback, right and wrong in one way each, and what <c>postern check --live</c> says of them.</summary>
public sealed class BackendTrustTests : IDisposable
{
    private const string Name = "imap.example.org";
    private const string Expected = "backend-name = \"" + Name + "\"\n";
    private const string Implicit = "backend-tls = \"implicit\"\nbackend-trust = \"authority.pem\"\n" + Expected;
    private const string StartTls = "backend-tls = \"starttls\"\nbackend-trust = \"authority.pem\"\n" + Expected;

    private readonly Folder _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _right;

    public BackendTrustTests()
    {
        _right = _authority.Issue([Name]);
        _folder.Write("authority.pem", _authority.Certificate.ExportCertificatePem());
    }

    public void Dispose()
    {
        _right.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_right_backend_is_not_spoken_of()
    {
        using FalseBackend backend = Imaps(_right);
        Assert.Empty(Look(backend, Implicit));
    }

    [Theory]
    [InlineData("imap")]
    [InlineData("smtp")]
    [InlineData("sieve")]
    public void The_right_backend_behind_starttls_is_not_spoken_of(string protocol)
    {
        using FalseBackend backend = WithStartTls(protocol, _right);
        Assert.Empty(Look(backend, StartTls, protocol));
    }

    [Fact]
    public void Of_a_protocol_without_questions_the_handshake_is_seen_all_the_same()
    {
        using var backend = new FalseBackend(wire => Serve(wire, _right, tls => tls.ReadAsync(new byte[1]).AsTask()));
        Assert.Empty(Look(backend, Implicit, "tcp"));
        using var wrong = new FalseBackend(wire => Serve(wire, _authority.Issue(["other.example"]), _ => Task.CompletedTask));
        Assert.Contains("is not for 'imap.example.org'", Assert.Single(Look(wrong, Implicit, "tcp")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_name_is_told_with_those_that_there_are(bool startTls)
    {
        using X509Certificate2 other = _authority.Issue(["mail.example.org", "*.example.net", "192.0.2.7"]);
        using FalseBackend backend = startTls ? WithStartTls("imap", other) : Imaps(other);
        Assert.Equal(
            "error: shows a certificate that is not for 'imap.example.org': it is for 'mail.example.org', '*.example.net', '192.0.2.7'; set backend-name to the name that is meant",
            Assert.Single(Look(backend, startTls ? StartTls : Implicit)));
    }

    /// <summary>With backend-trust = "dane" a backend-name is an error, and a pin would take DANE's place.</summary>
    [Fact]
    public async Task What_DANE_proves_is_mended_there_or_in_the_DNS()
    {
        using X509Certificate2 other = _authority.Issue(["mail.example.org"]);
        using FalseBackend backend = Imaps(other);
        (PosternSettings settings, Snapshot snapshot) = Load(Implicit, backend.Address, "imap");
        DnsName name = DnsName.Read(Name)!;
        var demand = new TlsDemand(TlsProof.Dane, name)
        {
            Names = [name, DnsName.Read("example.org")!],
            Tlsa = [new TlsaRecord(TlsaUsage.DaneTa, TlsaSelector.Cert, TlsaMatching.Full, [.. _authority.Certificate.RawData])],
        };
        ExpectedPeer peer = ExpectedPeer.OfGate(snapshot.Gates[0].BackendTls!, snapshot, out _)![0].HeldTo(demand)!;
        string key = Convert.ToHexStringLower(SHA256.HashData(other.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.Equal(
            "shows a certificate that is for 'mail.example.org', where its TLSA records want one for 'imap.example.org' or 'example.org': have it made for that, "
            + $"or publish a TLSA record 3 1 1 of its key, {key}, if it is the right one",
            Assert.Single(await new TlsBackendCheck(settings.Gates[0], backend.Address, "gate.example", peer).Run()).Message);
    }

    [Fact]
    public void Of_many_names_a_few_are_told()
    {
        using X509Certificate2 other = _authority.Issue([.. Enumerable.Range(1, 8).Select(number => $"n{number}.example")]);
        using FalseBackend backend = Imaps(other);
        Assert.Contains("it is for 'n1.example', 'n2.example', 'n3.example', 'n4.example', 'n5.example' and 3 more; ", Assert.Single(Look(backend, Implicit)));
    }

    [Fact]
    public void A_common_name_is_no_name()
    {
        using X509Certificate2 nobody = _authority.Issue([]);
        using FalseBackend backend = Imaps(nobody);
        Assert.StartsWith("error: shows a certificate that is for nobody: its subjectAltName has no name", Assert.Single(Look(backend, Implicit)));
    }

    [Fact]
    public void An_unknown_authority_is_named_and_what_its_name_does_to_a_terminal_is_not_done()
    {
        using var stranger = new TestAuthority("Evil \x1b[2J Authority");
        using X509Certificate2 leaf = stranger.Issue([Name]);
        using FalseBackend backend = Imaps(leaf);
        string found = Assert.Single(Look(backend, Implicit));
        Assert.StartsWith(
            $"error: shows a certificate signed by 'Evil \\x1B[2J Authority', which does not lead to those of {_folder.At("authority.pem")}: if one of those is behind that, have it send the whole chain",
            found);
        Assert.Contains($"backend-trust = \"{Pin(leaf)}\"", found);
    }

    [Fact]
    public void What_is_to_be_pasted_for_a_self_signed_certificate_works()
    {
        using X509Certificate2 own = TestAuthority.SelfSigned(Name);
        using FalseBackend backend = Imaps(own);
        string found = Assert.Single(Look(backend, Implicit));
        Assert.StartsWith("error: shows a certificate that it signed itself", found);
        string pin = $"backend-trust = \"{Pin(own)}\"";
        Assert.Contains(pin, found);
        Assert.Empty(Look(backend, $"backend-tls = \"implicit\"\n{Expected}{pin}"));

        _folder.Write("own.pem", own.ExportCertificatePem());
        Assert.Empty(Look(backend, Implicit.Replace("authority.pem", "own.pem")));
    }

    [Fact]
    public void Another_key_than_the_one_pinned_is_told_as_it_would_be_written()
    {
        using FalseBackend backend = Imaps(_right);
        string found = Assert.Single(Look(backend, $"backend-tls = \"implicit\"\n{Expected}backend-trust = \"sha256:{new string('A', 43)}=\""));
        Assert.Equal(
            $"error: has another key than the one that is pinned: if it is the right one, backend-trust = \"{Pin(_right)}\" pins its key, but ask there first whether it was changed",
            found);
        Assert.Empty(Look(backend, $"backend-tls = \"implicit\"\n{Expected}backend-trust = [\"sha256:{new string('A', 43)}=\", \"{Pin(_right)}\"]"));
    }

    [Theory]
    [InlineData(-10, -1, "shows a certificate that expired on ")]
    [InlineData(1, 10, "shows a certificate that is not valid before ")]
    public void Dates_are_looked_at(int from, int until, string words)
    {
        using X509Certificate2 leaf = _authority.Issue([Name], from, until);
        using FalseBackend backend = Imaps(leaf);
        DateTime date = (from > 0 ? leaf.NotBefore : leaf.NotAfter).ToUniversalTime();
        Assert.StartsWith($"error: {words}{date:yyyy-MM-dd HH:mm:ss}Z", Assert.Single(Look(backend, Implicit)));
    }

    [Theory]
    [InlineData("imap", "in Dovecot set ssl = yes")]
    [InlineData("smtp", "smtpd_tls_security_level")]
    public void A_backend_that_does_not_start_tls_is_told(string protocol, string setting)
    {
        using var backend = new FalseBackend(wire => protocol == "imap" ? Script.Imap(wire) : Script.Smtp(wire));
        string found = Assert.Single(Look(backend, StartTls, protocol));
        Assert.StartsWith("error: does not start TLS", found);
        Assert.Contains(setting, found);
    }

    [Fact]
    public void Bytes_behind_the_answer_that_starts_tls_are_told()
    {
        using var backend = new FalseBackend(async wire =>
        {
            await Script.Write(wire, "* OK ready\r\n");
            string tag = (await Script.Line(wire) ?? "").Split(' ')[0];
            await Script.Write(wire, $"{tag} OK begin\r\n* CAPABILITY IMAP4rev1\r\n");
        });
        Assert.StartsWith("error: says more in the clear than the answer that starts TLS", Assert.Single(Look(backend, StartTls)));
    }

    [Fact]
    public void The_other_way_to_tls_is_found_out()
    {
        using FalseBackend startTls = WithStartTls("imap", _right);
        Assert.StartsWith("error: begins in the clear and starts TLS when asked: set backend-tls = \"starttls\"", Assert.Single(Look(startTls, Implicit)));
        using FalseBackend atOnce = Imaps(_right);
        Assert.StartsWith("error: speaks TLS at once, and this gate asks for STARTTLS: set backend-tls = \"implicit\"", Assert.Single(Look(atOnce, StartTls)));
    }

    [Fact]
    public void Plain_text_where_tls_should_be_is_told()
    {
        using var backend = new FalseBackend(wire => Script.Imap(wire));
        Assert.StartsWith("error: does not speak TLS here: in Dovecot set ssl = yes in that inet_listener", Assert.Single(Look(backend, Implicit)));
    }

    [Fact]
    public void A_header_that_it_waits_for_is_found_out()
    {
        using var backend = new FalseBackend(async wire =>
        {
            byte[] header = new byte[16];
            await wire.ReadExactlyAsync(header);
            if (header.AsSpan().StartsWith("\r\n\r\n\0\r\nQUIT\n"u8))
                await Serve(wire, _right, tls => Script.Imap(tls));
        });
        Assert.StartsWith("error: waits for a PROXY header: set proxy-protocol = \"v2\"", Assert.Single(Look(backend, Implicit)));
        Assert.Empty(Look(backend, Implicit + "proxy-protocol = \"v2\""));
    }

    [Fact]
    public void A_version_that_it_does_not_speak_is_told()
    {
        using var backend = new FalseBackend(wire => Serve(wire, _right, tls => Script.Imap(tls), SslProtocols.Tls12));
        Assert.Empty(Look(backend, Implicit));
        Assert.Equal(
            "error: does not speak TLS 1.3: turn it on there, or set backend-min-tls = \"1.2\" here",
            Assert.Single(Look(backend, Implicit + "backend-min-tls = \"1.3\"")));
    }

    [Fact]
    public void A_backend_that_wants_a_certificate_is_told_and_is_shown_one()
    {
        using X509Certificate2 client = _authority.Issue([], untilDays: 90);
        using var backend = new OpenSslServer(_folder, _right, "-Verify", "1", "-verify_return_error", "-CAfile", _folder.At("authority.pem"));
        Assert.Equal(
            "error: asks for a certificate and refuses who has none: set backend-certificate to a [certificate.…] that it trusts",
            Assert.Single(Look(backend.Address, Implicit, "tcp")));
        Assert.Empty(Look(backend.Address, Implicit + Client(client), "tcp"));

        using var stranger = new TestAuthority("Other Authority");
        using X509Certificate2 unknown = stranger.Issue([], untilDays: 90);
        Assert.StartsWith(
            "error: does not take the certificate of backend-certificate (tlsv1 alert unknown ca)",
            Assert.Single(Look(backend.Address, Implicit + Client(unknown), "tcp")));
    }

    [Fact]
    public void A_backend_that_hangs_up_inside_tls_is_told()
    {
        using var backend = new FalseBackend(wire => Serve(wire, _right, _ => Task.CompletedTask));
        Assert.Equal("error: closes the connection without a word: see its log", Assert.Single(Look(backend, Implicit)));
        Assert.Equal("error: closes the connection without a word: see its log", Assert.Single(Look(backend, Implicit + "backend-min-tls = \"1.3\"")));
    }

    [Fact]
    public void A_key_on_a_token_is_not_shown_and_that_is_no_error_of_the_backends()
    {
        using X509Certificate2 client = _authority.Issue([], untilDays: 90);
        using var backend = new OpenSslServer(_folder, _right, "-Verify", "1", "-verify_return_error", "-CAfile", _folder.At("authority.pem"));
        Assert.StartsWith(
            "warning: asks for a certificate: that of backend-certificate has its key on a token",
            Assert.Single(Look(backend.Address, Implicit + Client(client), "tcp", certificate => certificate with { KeyPem = [], IsOnToken = true })));
    }

    [Fact]
    public void A_key_under_a_passphrase_signs_too()
    {
        using X509Certificate2 client = _authority.Issue([], untilDays: 90);
        using var backend = new FalseBackend(wire => Serve(
            wire, _right, tls => Script.Imap(tls), clients: shown => shown?.GetCertHashString() == client.GetCertHashString()));
        using ECDsa key = client.GetECDsaPrivateKey()!;
        string pem = key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        Assert.Empty(Look(
            backend.Address, Implicit + Client(client), "imap", certificate => certificate with { KeyPem = Encoding.ASCII.GetBytes(pem), Passphrase = "secret"u8.ToArray() }));
        Assert.NotEmpty(Look(backend.Address, Implicit));
    }

    [Theory]
    [InlineData("imap", " LOGINDISABLED", "error: says LOGINDISABLED inside TLS, so that nobody can log in")]
    [InlineData("imap", " STARTTLS", "warning: still offers STARTTLS inside TLS")]
    [InlineData("smtp", "STARTTLS", "warning: still offers STARTTLS inside TLS")]
    [InlineData("submission", "SIZE", "error: does not offer AUTH inside TLS")]
    public void What_is_offered_inside_tls_is_judged(string protocol, string offer, string words)
    {
        using var backend = new FalseBackend(wire => Serve(
            wire, _right, tls => protocol == "imap" ? Script.Imap(tls, offer) : Script.Smtp(tls, offer)));
        Assert.StartsWith(words, Assert.Single(Look(backend, Implicit, protocol)));
    }

    [Fact]
    public void A_route_is_looked_at_with_its_own_name_and_told_at_its_own_line()
    {
        using X509Certificate2 other = _authority.Issue(["other.example"]);
        using FalseBackend right = Imaps(_right);
        using FalseBackend routed = Imaps(other);
        string Route(string name) => $"{Implicit}route = [{{ sni = \"a.example\", backend = \"{routed.Address}\", backend-name = \"{name}\" }}]";

        (PosternSettings settings, Snapshot snapshot) = Load(Route(Name), right.Address, "imap");
        ConfigurationProblem found = Assert.Single(LiveCheck.Look(snapshot, settings).Problems);
        Assert.Equal("gate[one].route[#1].backend", found.Key);
        Assert.StartsWith($"{routed.Address} shows a certificate that is not for 'imap.example.org': it is for 'other.example'", found.Message);
        Assert.Empty(Look(right, Route("other.example")));
    }

    private static string Pin(X509Certificate2 certificate) => "sha256:" + Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private string Client(X509Certificate2 client)
    {
        using ECDsa key = client.GetECDsaPrivateKey()!;
        string file = _folder.Write($"{client.SerialNumber}.pem", client.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return $"backend-certificate = \"client\"\n[certificate.client]\nchain = \"{file}\"\nkey = \"{file}\"\n";
    }

    private string[] Look(FalseBackend backend, string gate, string protocol = "imap") => Look(backend.Address, gate, protocol);

    /// <summary>What is said, one word of severity and a text without the address each.</summary>
    /// <param name="backend">Of the gate.</param>
    /// <param name="gate">More keys of it.</param>
    /// <param name="protocol">Its own.</param>
    /// <param name="change">What becomes of the certificate that is shown to the backend.</param>
    private string[] Look(ResolvedAddress backend, string gate, string protocol = "imap", Func<LoadedCertificate, LoadedCertificate>? change = null)
    {
        (PosternSettings settings, Snapshot snapshot) = Load(gate, backend, protocol);
        if (change is not null)
            snapshot = snapshot with { Certificates = [.. snapshot.Certificates.Select(each => each.Name == "client" ? change(each) : each)] };
        ImmutableArray<ConfigurationProblem> problems = LiveCheck.Look(snapshot, settings).Problems;
        return [.. problems.Select(problem => (problem.Severity == Severity.Error ? "error: " : "warning: ") + problem.Message.Replace($"{backend} ", "", StringComparison.Ordinal))];
    }

    private (PosternSettings Settings, Snapshot Snapshot) Load(string gate, ResolvedAddress backend, string protocol)
    {
        string file = _folder.Configuration(gate, backend.ToString(), protocol);
        ConfigurationResult read = ConfigurationFile.Read(file);
        Assert.Empty(read.Problems);
        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings!, file, 1);
        Assert.Empty(loaded.Problems);
        return (read.Settings!, loaded.Snapshot!);
    }

    private static FalseBackend Imaps(X509Certificate2 certificate) => new(wire => Serve(wire, certificate, tls => Script.Imap(tls)));

    private static FalseBackend WithStartTls(string protocol, X509Certificate2 certificate) => new(async wire =>
    {
        switch (protocol)
        {
            case "imap":
                await Script.Write(wire, "* OK ready\r\n");
                string tag = (await Script.Line(wire) ?? "").Split(' ')[0];
                await Script.Write(wire, $"{tag} OK begin\r\n");
                await Serve(wire, certificate, tls => Script.Imap(tls, greet: false));
                break;

            case "smtp":
                await Script.Write(wire, "220 mx ESMTP\r\n");
                _ = await Script.Line(wire);
                await Script.Write(wire, "250-mx\r\n250 STARTTLS\r\n");
                _ = await Script.Line(wire);
                await Script.Write(wire, "220 go ahead\r\n");
                await Serve(wire, certificate, tls => Script.Smtp(tls, greet: false));
                break;

            // RFC 5804 §2.2: it greets once more.
            default:
                const string Greeting = "\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN\"\r\n";
                await Script.Write(wire, Greeting + "\"STARTTLS\"\r\nOK\r\n");
                _ = await Script.Line(wire);
                await Script.Write(wire, "OK\r\n");
                await Serve(wire, certificate, async tls =>
                {
                    await Script.Write(tls, Greeting + "OK\r\n");
                    while (await Script.Line(tls) is not null)
                        await Script.Write(tls, "OK\r\n");
                });
                break;
        }
    });

    private static async Task Serve(
        Stream wire, X509Certificate2 certificate, Func<Stream, Task> serve, SslProtocols versions = SslProtocols.None, Predicate<X509Certificate?>? clients = null)
    {
        await using var tls = new SslStream(wire);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            EnabledSslProtocols = versions,
            ClientCertificateRequired = clients is not null,
            RemoteCertificateValidationCallback = (_, shown, _, _) => clients is null || clients(shown),
        });
        await serve(tls);
    }
}
