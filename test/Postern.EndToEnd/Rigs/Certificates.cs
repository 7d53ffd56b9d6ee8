using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>An authority and what it signed, by openssl: EC, RSA and Ed25519.</summary>
internal sealed class Certificates
{
    private readonly Workplace _place;

    public Certificates(Workplace place)
    {
        _place = place;
        OpenSsl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", place.At("ca.key"), "-out", Authority, "-days", "30", "-subj", "/CN=Test authority", "-addext", "basicConstraints=critical,CA:TRUE");
        Make("ec", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "DNS:localhost,DNS:mail.example.test,IP:127.0.0.1");
        Make("rsa", ["-newkey", "rsa:2048"], "DNS:localhost,DNS:mail.example.test,IP:127.0.0.1");
        Make("ed", ["-newkey", "ed25519"], "DNS:ed.example.test");
        Make("wild", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "DNS:*.wild.example.test");
    }

    public string Authority => _place.At("ca.pem");

    /// <summary>The [certificate] tables of all of them.</summary>
    public string Tables => string.Concat(((string[])["ec", "rsa", "ed", "wild"]).Select(Table));

    /// <summary>A client's certificate with this common name; its [certificate] table.</summary>
    public string Client(string name)
    {
        Make(name, ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], $"DNS:{name}.example.test\nextendedKeyUsage=clientAuth");
        return Table(name);
    }

    private string Table(string name) => $"[certificate.{name}]\nchain = \"{_place.At(name + ".pem")}\"\nkey = \"{_place.At(name + ".key")}\"\n";

    /// <summary>One more, with an EC key: the path of its chain, beside which lies its key. Not in <see cref="Tables"/>.</summary>
    public string Make(string name, string names)
    {
        Make(name, ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], names);
        return _place.At(name + ".pem");
    }

    /// <summary>The same, of an authority that was right until yesterday. openssl(1) learned to say so in 3.4.</summary>
    public string MakeExpired(string name, IEnumerable<string> names)
    {
        using X509Certificate2 authority = X509Certificate2.CreateFromPemFile(Authority, _place.At("ca.key"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string each in names)
            alternatives.AddDnsName(each);
        request.CertificateExtensions.Add(alternatives.Build());
        using X509Certificate2 issued = request.Create(
            authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.GetECDsaPrivateKey()!), DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(-1), [1, 2, 3, 4]);
        _ = _place.Write(name + ".key", key.ExportPkcs8PrivateKeyPem());
        return _place.Write(name + ".pem", issued.ExportCertificatePem() + "\n");
    }

    private void Make(string name, string[] key, string names)
    {
        string request = _place.At(name + ".csr");
        string extensions = _place.Write(name + ".ext", $"subjectAltName={names}\n");
        OpenSsl(["req", "-new", "-nodes", .. key, "-keyout", _place.At(name + ".key"), "-out", request, "-subj", "/CN=" + name]);
        OpenSsl("x509", "-req", "-in", request, "-CA", Authority, "-CAkey", _place.At("ca.key"), "-out", _place.At(name + ".pem"), "-days", "30", "-extfile", extensions);
    }

    private static void OpenSsl(params string[] arguments)
    {
        ToolResult result = Tool.Run("openssl", arguments);
        Assert.True(result.ExitCode == 0, result.Output);
    }
}
