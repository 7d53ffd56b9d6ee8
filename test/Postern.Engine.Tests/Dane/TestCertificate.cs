using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Engine.Tests.Dane;

/// <summary>A certificate of the table: made from its line, with its key.</summary>
internal sealed class TestCertificate
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    private TestCertificate(X500DistinguishedName subject, ECDsa key, X509Certificate2 certificate)
    {
        Subject = subject;
        Key = key;
        Certificate = certificate;
    }

    public X500DistinguishedName Subject { get; }

    public ECDsa Key { get; }

    public X509Certificate2 Certificate { get; }

    /// <param name="words">Of the line, behind <c>cert</c>.</param>
    /// <param name="others">Those before it, by name.</param>
    public static TestCertificate Make(string[] words, IReadOnlyDictionary<string, TestCertificate> others)
    {
        string[] special = words[3..];
        string Value(string word) => Array.Find(special, text => text.StartsWith(word + "=", StringComparison.Ordinal))?[(word.Length + 1)..] ?? "";
        string commonName = Value("named") is { Length: > 0 } named ? named : words[0];
        ECDsa key = Value("key") is { Length: > 0 } same ? others[same].Key : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedName("CN=" + commonName);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);

        bool isAuthority = special.Contains("ca");
        bool isShort = special.Contains("pathlen0");
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, isShort, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            isAuthority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature, critical: true));
        if (special.Contains("for-clients"))
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        if (words[2] != "-")
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(words[2]);
            request.CertificateExtensions.Add(names.Build());
        }

        (int from, int until) = special.Contains("expired") ? (-60, -30) : special.Contains("future") ? (30, 60) : (-90, 90);
        (X500DistinguishedName issuer, ECDsa issuerKey) = words[1] == "-" ? (subject, key) : (others[words[1]].Subject, others[words[1]].Key);
        X509Certificate2 certificate = request.Create(
            issuer, X509SignatureGenerator.CreateForECDsa(issuerKey), s_now.AddDays(from), s_now.AddDays(until), RandomNumberGenerator.GetBytes(12));
        return new TestCertificate(subject, key, certificate);
    }

    /// <summary>What a TLSA record of it holds (RFC 6698 §2.1); numbers that nobody knows have some data as well.</summary>
    public byte[] DataFor(byte selector, byte matching)
    {
        byte[] what = selector == 0 ? Certificate.RawData : Key.ExportSubjectPublicKeyInfo();
        return matching switch { 0 => what, 2 => SHA512.HashData(what), _ => SHA256.HashData(what) };
    }
}
