using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.KeyAgent;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// What the key agent signs and what not. Taken out: the look at the message in SigningDesk.Sign (every "other shape" is
/// then signed), the bound in SigningRequest.TryRead (a longer message is then looked at).
/// </summary>
public sealed class SigningDeskTests
{
    private static readonly ECDsa s_ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA s_rsa = RSA.Create(2048);
    private readonly SigningDesk _desk = new([Key(s_ec.ExportPkcs8PrivateKeyPem()), Key(s_rsa.ExportPkcs8PrivateKeyPem())]);

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
        { "a client's CertificateVerify", CertificateVerify("TLS 1.3, client CertificateVerify", 32) },
        { "another context string", CertificateVerify("TLS 1.3, server CertificateVerifi", 32) },
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
        Assert.Equal((2, 0), (_desk.Signed, _desk.Refused));
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
        Assert.Equal([(byte)SigningOutcome.NotTls], Ask(0, SignatureScheme.EcdsaSha256, message));
        Assert.Equal([(byte)SigningOutcome.NotTls], Ask(1, SignatureScheme.RsaPssSha256, message));
        Assert.Equal((0, 2), (_desk.Signed, _desk.Refused));
    }

    [Fact]
    public void Pkcs1_is_for_tls_1_2_only()
    {
        Assert.Equal((byte)SigningOutcome.Signed, Ask(1, SignatureScheme.RsaPkcs1Sha256, KeyExchange(0x001d, Bytes(32)))[0]);
        Assert.Equal((byte)SigningOutcome.NotTls, Ask(1, SignatureScheme.RsaPkcs1Sha256, CertificateVerify("TLS 1.3, server CertificateVerify", 32))[0]);
    }

    [Theory]
    [InlineData(2, SignatureScheme.EcdsaSha256, SigningOutcome.UnknownKey)]
    [InlineData(65535, SignatureScheme.EcdsaSha256, SigningOutcome.UnknownKey)]
    [InlineData(0, SignatureScheme.RsaPssSha256, SigningOutcome.Failed)]
    [InlineData(1, SignatureScheme.EcdsaSha256, SigningOutcome.Failed)]
    [InlineData(1, SignatureScheme.Ed25519, SigningOutcome.Failed)]
    [InlineData(0, (SignatureScheme)0x0203, SigningOutcome.Failed)]
    [InlineData(0, SignatureScheme.None, SigningOutcome.NotTls)]
    public void Keys_and_schemes_that_do_not_go_together(int key, SignatureScheme scheme, SigningOutcome outcome) =>
        Assert.Equal([(byte)outcome], Ask(key, scheme, CertificateVerify("TLS 1.3, server CertificateVerify", 32)));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(SigningRequest.MaxSize + 1)]
    public void No_request_at_all(int length) =>
        Assert.Equal([(byte)SigningOutcome.Malformed], Answer(new byte[length]));

    [Fact]
    public void Whatever_a_worker_sends_is_answered()
    {
        Gen<byte[]> near = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 170], Gen.Byte).Select((i, at, value) =>
        {
            byte[] request = Request(i % 2, SignatureScheme.EcdsaSha256, TlsMessages().ElementAt(i).Data.Item2);
            request[at % request.Length] = value;
            return request;
        });
        Gen.OneOf(Gen.Byte.Array[0, 600], near).Sample(
            bytes =>
            {
                byte[] answer = Answer(bytes);
                Assert.True(Enum.IsDefined((SigningOutcome)answer[0]));
                bool tls = SigningRequest.TryRead(bytes, out SigningRequest request) && TlsSignedContent.Recognise(request.Message) != SignedContent.Other;
                Assert.True(tls || answer[0] != (byte)SigningOutcome.Signed);
                Assert.Equal(answer[0] == (byte)SigningOutcome.Signed, answer.Length > 1);
            },
            iter: 3000);
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
        byte[] request = new byte[SigningRequest.MaxSize];
        return request[..SigningRequest.Write(key, scheme, message, request)];
    }

    private static byte[] Signature(byte[] answer)
    {
        Assert.Equal((byte)SigningOutcome.Signed, answer[0]);
        return answer[1..];
    }

    private byte[] Ask(int key, SignatureScheme scheme, byte[] message) => Answer(Request(key, scheme, message));

    private byte[] Answer(byte[] request)
    {
        byte[] answer = new byte[SigningRequest.MaxAnswer];
        return answer[.._desk.Answer(request, answer)];
    }
}
