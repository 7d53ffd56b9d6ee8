using System.Globalization;
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
    /// <param name="name">Of its files, and its common name.</param>
    /// <param name="names">Of its subjectAltName; empty: it has none.</param>
    /// <param name="days">From now; less than nothing: it has expired.</param>
    /// <param name="authority">Who signs it.</param>
    public string Make(string name, string names, int days = 30, string authority = "ca")
    {
        Make(name, ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], names, days, authority);
        return _place.At(name + ".pem");
    }

    /// <summary>A chain and the key beside it, as .NET's servers want them.</summary>
    public static X509Certificate2 Load(string chain)
    {
        using X509Certificate2 loaded = X509Certificate2.CreateFromPemFile(chain, Path.ChangeExtension(chain, ".key"));
        return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
    }

    private void Make(string name, string[] key, string names, int days = 30, string authority = "ca")
    {
        string request = _place.At(name + ".csr");
        string extensions = _place.Write(name + ".ext", names.Length == 0 ? "" : $"subjectAltName={names}\n");
        OpenSsl(["req", "-new", "-nodes", .. key, "-keyout", _place.At(name + ".key"), "-out", request, "-subj", "/CN=" + name]);
        OpenSsl("x509", "-req", "-in", request, "-CA", _place.At(authority + ".pem"), "-CAkey", _place.At(authority + ".key"), "-out", _place.At(name + ".pem"), "-days", days.ToString(CultureInfo.InvariantCulture), "-extfile", extensions);
    }

    private static void OpenSsl(params string[] arguments)
    {
        ToolResult result = Tool.Run("openssl", arguments);
        Assert.True(result.ExitCode == 0, result.Output);
    }
}
