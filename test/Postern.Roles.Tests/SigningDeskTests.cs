using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Postern.Configuration;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.KeyAgent;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// What the key agent signs and what not. Taken out: the look at the message in SigningDesk.Sign (every "other shape" is
/// then signed), the look at the key's use there (a server's key then signs as a client), the bound in AgentRequest.TryRead (a longer message is then looked at).
/// </summary>
public sealed class SigningDeskTests
{
    private static readonly ECDsa s_ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA s_rsa = RSA.Create(2048);
    private readonly AgentDesk _desk = new(new SigningDesk(
    [
        new HeldKey(Key(s_ec.ExportPkcs8PrivateKeyPem()), KeyUse.Server),
        new HeldKey(Key(s_rsa.ExportPkcs8PrivateKeyPem()), KeyUse.Server),
        new HeldKey(Key(s_ec.ExportPkcs8PrivateKeyPem()), KeyUse.Client),
    ]), new TicketDesk(new byte[32], 3600, [], TimeProvider.System));

    public static TheoryData<string, byte[]> TlsMessages() => new()
    {
        { "TLS 1.3, SHA-256", CertificateVerify("TLS 1.3, server CertificateVerify", 32) },
        { "TLS 1.3, SHA-384", CertificateVerify("TLS 1.3, server CertificateVerify", 48) },
        { "TLS 1.2, X25519", KeyExchange(0x001d, Bytes(32)) },
        { "TLS 1.2, P-256", KeyExchange(0x0017, [4, .. Bytes(64)]) },
        { "TLS 1.2, P-384", KeyExchange(0x0018, [4, .. Bytes(96)]) },
    };

    public static TheoryData<string, byte[]> OtherShapes() => new()
    {
        { "nothing", [] },
        { "another context string", CertificateVerify("TLS 1.3, server CertificateVerifi", 32) },
        { "no context string", CertificateVerify("", 32) },
        { "TLS 1.4", CertificateVerify("TLS 1.4, server CertificateVerify", 32) },
        { "a client's of TLS 1.2", [1, 0, 0, 160, 3, 3, .. Bytes(158)] },
        { "an SSH signature blob", [.. "SSHSIG"u8, 0, 0, 0, 3, .. "git"u8, 0, 0, 0, 0, 0, 0, 0, 6, .. "sha256"u8, 0, 0, 0, 32, .. Bytes(32)] },
        { "random bytes", Bytes(130) },
        { "exported authenticator", CertificateVerify("Exported Authenticator", 32) },
        { "a hash of 20 bytes", CertificateVerify("TLS 1.3, server CertificateVerify", 20) },
        { "a hash of 64 bytes", CertificateVerify("TLS 1.3, server CertificateVerify", 64) },
        { "63 spaces", CertificateVerify("TLS 1.3, server CertificateVerify", 33)[1..] },
        { "a tab among the spaces", Changed(CertificateVerify("TLS 1.3, server CertificateVerify", 32), 5, (byte)'\t') },
        { "no zero behind the context", Changed(CertificateVerify("TLS 1.3, server CertificateVerify", 32), 97, 1) },
        { "P-521", KeyExchange(0x0019, [4, .. Bytes(132)])[..192] },
        { "explicit curve", Changed(KeyExchange(0x0017, [4, .. Bytes(64)]), 64, 1) },
        { "a compressed point", KeyExchange(0x0017, [2, .. Bytes(64)]) },
        { "a point that is too short", KeyExchange(0x0017, [4, .. Bytes(63)]) },
        { "a byte behind the point", [.. KeyExchange(0x001d, Bytes(32)), 0] },
        { "finite-field parameters", [.. Bytes(64), 0, 32, .. Bytes(32), 0, 1, 2, 0, 32, .. Bytes(32)] },
        { "an SSH login", [0, 0, 0, 32, .. Bytes(32), 50, 0, 0, 0, 4, .. "root"u8, 0, 0, 0, 14, .. "ssh-connection"u8] },
        { "a certificate request", s_request[..Math.Min(s_request.Length, TlsSignedContent.MaxLength)] },
        { "a hash", Bytes(32) },
    };

    private static readonly byte[] s_request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=evil", s_ec, HashAlgorithmName.SHA256).CreateSigningRequest();

    [Theory]
    [MemberData(nameof(TlsMessages))]
    public void What_tls_signs_is_signed(string what, byte[] message)
    {
        Assert.NotEmpty(what);
        byte[] ecdsa = Signature(Ask(0, SignatureScheme.EcdsaSha256, message));
        Assert.True(s_ec.VerifyData(message, ecdsa, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        byte[] pss = Signature(Ask(1, SignatureScheme.RsaPssSha384, message));
        Assert.True(s_rsa.VerifyData(message, pss, HashAlgorithmName.SHA384, RSASignaturePadding.Pss));
        Assert.Equal((2, 0), (_desk.Done, _desk.Refused));
    }

    /// <summary>Taken out: the exchange in SigningKey.SignHash (two threads then sign with one context, and signatures are wrong).</summary>
    [Fact]
    public void Many_sign_at_a_time_with_one_key()
    {
        const int Threads = 12, Signatures = 200;
        int good = 0;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < Signatures; i++)
            {
                byte[] message = CertificateVerify("TLS 1.3, server CertificateVerify", 32);
                byte[] signature = Signature(Ask(0, SignatureScheme.EcdsaSha256, message));
                if (s_ec.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
                    _ = Interlocked.Increment(ref good);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Equal(Threads * Signatures, good);
    }

    [Theory]
    [MemberData(nameof(OtherShapes))]
    public void Anything_else_is_refused_and_counted(string what, byte[] message)
    {
        Assert.NotEmpty(what);
        Assert.Equal([(byte)AgentOutcome.NotTls], Ask(0, SignatureScheme.EcdsaSha256, message));
        Assert.Equal([(byte)AgentOutcome.NotTls], Ask(1, SignatureScheme.RsaPssSha256, message));
        Assert.Equal([(byte)AgentOutcome.NotTls], Ask(2, SignatureScheme.EcdsaSha256, message));
        Assert.Equal((0, 3), (_desk.Done, _desk.Refused));
    }

    [Fact]
    public void A_key_for_clients_signs_as_a_client_and_as_nothing_else()
    {
        byte[] message = CertificateVerify("TLS 1.3, client CertificateVerify", 32);
        byte[] signature = Signature(Ask(2, SignatureScheme.EcdsaSha256, message));
        Assert.True(s_ec.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.All(TlsMessages(), server => Assert.Equal([(byte)AgentOutcome.WrongUse], Ask(2, SignatureScheme.EcdsaSha256, server.Data.Item2)));
        Assert.Equal((1, 5), (_desk.Done, _desk.Refused));
    }

    [Theory]
    [InlineData(0, SignatureScheme.EcdsaSha256, 32, AgentOutcome.WrongUse)]
    [InlineData(1, SignatureScheme.RsaPssSha256, 48, AgentOutcome.WrongUse)]
    [InlineData(1, SignatureScheme.RsaPkcs1Sha256, 32, AgentOutcome.NotTls)]
    [InlineData(2, SignatureScheme.EcdsaSha256, 31, AgentOutcome.NotTls)]
    public void A_key_for_servers_does_not_sign_as_a_client(int key, SignatureScheme scheme, int hash, AgentOutcome outcome)
    {
        Assert.Equal([(byte)outcome], Ask(key, scheme, CertificateVerify("TLS 1.3, client CertificateVerify", hash)));
        Assert.Equal((0, 1), (_desk.Done, _desk.Refused));
    }

    [Fact]
    public void Pkcs1_is_for_tls_1_2_only()
    {
        Assert.Equal((byte)AgentOutcome.Done, Ask(1, SignatureScheme.RsaPkcs1Sha256, KeyExchange(0x001d, Bytes(32)))[0]);
        Assert.Equal((byte)AgentOutcome.NotTls, Ask(1, SignatureScheme.RsaPkcs1Sha256, CertificateVerify("TLS 1.3, server CertificateVerify", 32))[0]);
    }

    [Theory]
    [InlineData(3, SignatureScheme.EcdsaSha256, AgentOutcome.UnknownKey)]
    [InlineData(65535, SignatureScheme.EcdsaSha256, AgentOutcome.UnknownKey)]
    [InlineData(0, SignatureScheme.RsaPssSha256, AgentOutcome.Failed)]
    [InlineData(1, SignatureScheme.EcdsaSha256, AgentOutcome.Failed)]
    [InlineData(1, SignatureScheme.Ed25519, AgentOutcome.Failed)]
    [InlineData(0, (SignatureScheme)0x0203, AgentOutcome.Failed)]
    [InlineData(0, SignatureScheme.None, AgentOutcome.NotTls)]
    public void Keys_and_schemes_that_do_not_go_together(int key, SignatureScheme scheme, AgentOutcome outcome) =>
        Assert.Equal([(byte)outcome], Ask(key, scheme, CertificateVerify("TLS 1.3, server CertificateVerify", 32)));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(AgentRequest.HeaderSize)]
    [InlineData(AgentRequest.HeaderSize + SigningRequest.HeaderSize - 1)]
    [InlineData(AgentRequest.MaxSize + 1)]
    public void No_request_at_all(int length) =>
        Assert.Equal([(byte)AgentOutcome.Malformed], Answer(((byte[])[.. BitConverter.GetBytes(7), 1, 0, .. new byte[AgentRequest.MaxSize]])[..length]));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(0xffff)]
    public void No_kind_of_request(int kind)
    {
        byte[] request = Request(0, SignatureScheme.EcdsaSha256, CertificateVerify("TLS 1.3, server CertificateVerify", 32));
        (request[4], request[5]) = ((byte)kind, (byte)(kind >> 8));
        Assert.Equal([(byte)AgentOutcome.Malformed], Answer(request));
    }

    [Fact]
    public void Whatever_a_worker_sends_is_answered()
    {
        Gen<byte[]> near = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 170], Gen.Byte).Select((i, at, value) =>
        {
            byte[] request = Request(i % 2, SignatureScheme.EcdsaSha256, TlsMessages().ElementAt(i).Data.Item2);
            request[at % request.Length] = value;
            return request;
        });
        Gen<byte[]> headed = Gen.Select(Gen.Int[0, 3], Gen.Byte.Array[0, 220]).Select((kind, body) => (byte[])[1, 2, 3, 4, (byte)kind, 0, .. body]);
        Gen.OneOf(Gen.Byte.Array[0, 600], headed, near).Sample(
            bytes =>
            {
                byte[] answer = Answer(bytes);
                Assert.True(Enum.IsDefined((AgentOutcome)answer[0]));
                bool tls = AgentRequest.TryRead(bytes, out _, out AgentRequest asked) && SigningRequest.TryRead(asked.Body, out SigningRequest request) && TlsSignedContent.Recognise(request.Message) != SignedContent.Other;
                Assert.True(tls || answer[0] != (byte)AgentOutcome.Done);
                Assert.Equal(answer[0] == (byte)AgentOutcome.Done, answer.Length > 1);
            },
            iter: 3000);
        _ = Signature(Ask(0, SignatureScheme.EcdsaSha256, CertificateVerify("TLS 1.3, server CertificateVerify", 32)));
    }

    private static SigningKey Key(string pem) => SigningKey.FromPem(Encoding.ASCII.GetBytes(pem))!;

    private static byte[] Bytes(int count) => RandomNumberGenerator.GetBytes(count);

    private static byte[] CertificateVerify(string context, int hash) =>
        [.. Enumerable.Repeat((byte)' ', 64), .. Encoding.ASCII.GetBytes(context), 0, .. Bytes(hash)];

    private static byte[] KeyExchange(int curve, byte[] point) =>
        [.. Bytes(64), 3, (byte)(curve >> 8), (byte)curve, (byte)point.Length, .. point];

    private static byte[] Changed(byte[] message, int at, byte value)
    {
        message[at] = value;
        return message;
    }

    private static byte[] Request(int key, SignatureScheme scheme, byte[] message)
    {
        byte[] request = new byte[AgentRequest.MaxSize];
        AgentRequest.WriteHeader(0xfedcba98, RequestKind.Sign, request);
        return request[..(AgentRequest.HeaderSize + SigningRequest.Write(key, scheme, message, request.AsSpan(AgentRequest.HeaderSize)))];
    }

    private static byte[] Signature(byte[] answer)
    {
        Assert.Equal((byte)AgentOutcome.Done, answer[0]);
        return answer[1..];
    }

    private byte[] Ask(int key, SignatureScheme scheme, byte[] message) => Answer(Request(key, scheme, message));

    /// <summary>The outcome and what follows it; the number before them is the request's own.</summary>
    private byte[] Answer(byte[] request)
    {
        byte[] answer = new byte[AgentRequest.MaxAnswer];
        int length = _desk.Answer(request, answer, out AgentOutcome outcome);
        Assert.Equal(request.Length < 4 ? new byte[4] : request[..4], answer[..4]);
        Assert.Equal((byte)outcome, answer[4]);
        return answer[4..length];
    }
}
