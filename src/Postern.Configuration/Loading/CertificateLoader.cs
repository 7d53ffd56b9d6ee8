using System.Collections.Immutable;
using System.Globalization;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Loading;

/// <summary>Reads the certificates and keys that gates use, and judges them as the TLS library will.</summary>
internal sealed class CertificateLoader
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>What the CA/Browser Forum has forbidden since 2014 and OpenSSL's default security level refuses.</summary>
    private const int MinRsaBits = 2048;

    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    private readonly CertificateSettings _settings;
    private readonly ProblemList _problems;
    private readonly string _chainKey;
    private readonly string _keyKey;
    private readonly Position _chainAt;
    private readonly Position _keyAt;

    private CertificateLoader(CertificateSettings settings, SourceMap source, ProblemList problems)
    {
        _settings = settings;
        _problems = problems;
        _chainKey = $"certificate.{settings.Name}.chain";
        _keyKey = $"certificate.{settings.Name}.key";
        _chainAt = source.Find(_chainKey);
        _keyAt = source.Find(_keyKey);
    }

    /// <summary>The certificates that some gate uses; those with an error are left out, and the error is said.</summary>
    public static ImmutableArray<LoadedCertificate> LoadUsed(PosternSettings settings, ProblemList problems, DateTimeOffset now)
    {
        HashSet<string> used = [.. settings.Gates.SelectMany(gate => gate.Certificates.Concat(gate.Routes.SelectMany(route => route.Certificates)))];
        var loaded = ImmutableArray.CreateBuilder<LoadedCertificate>();
        foreach (CertificateSettings certificate in settings.Certificates.Where(each => used.Contains(each.Name)))
        {
            var loader = new CertificateLoader(certificate, settings.Source, problems);
            if ((certificate.Token is null ? loader.Load(now) : loader.LoadOnToken(settings, now)) is { } good)
                loaded.Add(good);
        }

        return loaded.ToImmutable();
    }

    /// <summary>What is wrong with a file that should hold certificates.</summary>
    public static string Say(string path, PemProblem problem) => $"{Quoted.Escape(path)} " + problem switch
    {
        PemProblem.NotPem => "is not a PEM file: it has no line \"-----BEGIN CERTIFICATE-----\" (a DER file is converted by: openssl x509 -inform DER)",
        PemProblem.NothingInIt => "holds no certificate: it has no line \"-----BEGIN CERTIFICATE-----\"",
        PemProblem.TooMany => $"holds more than {CertificateInspector.MaxCertificates} certificates",
        _ => "holds a certificate that cannot be read: the file is damaged",
    };

    private LoadedCertificate? Load(DateTimeOffset now)
    {
        byte[]? chainPem = Read(_settings.Chain, _chainAt, _chainKey);
        byte[]? keyPem = Read(_settings.Key, _keyAt, _keyKey);
        ChainFacts? chain = chainPem is null ? null : ReadChain(chainPem);
        KeyFacts? key = keyPem is null ? null : ReadKey(keyPem);
        if (chain is not null)
            WarnOfChain(chain, now);

        if (chain is null || key is null)
            return null;

        bool usable = IsUsable(key);
        if (!Belongs(chain, chainPem!, key, keyPem!) || !usable)
            return null;

        WarnOfKeyFile();
        return Loaded(chainPem!, chain, keyPem!, null);
    }

    /// <summary>Of such a key the certificate has to say everything; whether it is the right one shows when it signs.</summary>
    private LoadedCertificate? LoadOnToken(PosternSettings settings, DateTimeOffset now)
    {
        byte[]? chainPem = Read(_settings.Chain, _chainAt, _chainKey);
        ChainFacts? chain = chainPem is null ? null : ReadChain(chainPem);
        if (chain is not null)
            WarnOfChain(chain, now);

        TokenKey? token = new TokenKeyLoader(_settings, settings, _problems).Load();
        return chain is not null && IsUsable(chain.Key) && token is not null ? Loaded(chainPem!, chain, [], token) : null;
    }

    private LoadedCertificate Loaded(byte[] chainPem, ChainFacts chain, byte[] keyPem, TokenKey? token) => new()
    {
        Name = _settings.Name,
        ChainPem = chainPem,
        KeyPem = keyPem,
        Token = token,
        IsOnToken = token is not null,
        DnsNames = chain.DnsNames,
        NotBefore = chain.NotBefore,
        NotAfter = chain.NotAfter,
        KeyType = chain.Key.Kind switch { KeyKind.Ec => "EC", KeyKind.Rsa => "RSA", _ => "ED25519" },
    };

    private byte[]? Read(string path, Position at, string key)
    {
        byte[]? content = FileContent.Read(path, MaxBytes, out string wrong);
        if (content is null)
            _problems.Error(at, key, wrong);

        return content;
    }

    private ChainFacts? ReadChain(byte[] pem)
    {
        ChainFacts? chain = CertificateInspector.ReadChain(pem, out PemProblem problem);
        if (chain is null)
            _problems.Error(_chainAt, _chainKey, Say(_settings.Chain, problem));

        return chain;
    }

    private KeyFacts? ReadKey(byte[] pem)
    {
        KeyFacts? key = CertificateInspector.ReadKey(pem, out PemProblem problem);
        if (key is null)
        {
            string path = Quoted.Escape(_settings.Key);
            _problems.Error(_keyAt, _keyKey, $"{path} " + problem switch
            {
                PemProblem.NotPem => "is not a PEM file: it has no line \"-----BEGIN PRIVATE KEY-----\" (a DER file is converted by: openssl pkey -inform DER)",
                PemProblem.NothingInIt => "holds no private key: it has no line \"-----BEGIN PRIVATE KEY-----\"",
                PemProblem.Encrypted => $"holds a key under a passphrase, which this version cannot ask for: write it out without one (openssl pkey -in {path} -out FILE) and make the file readable by root alone",
                _ => "holds a private key that cannot be read: the file is damaged",
            });
        }

        return key;
    }

    private bool IsUsable(KeyFacts key)
    {
        switch (key)
        {
            case { Kind: KeyKind.Rsa, Bits: >= MinRsaBits }:
            case { Kind: KeyKind.Ed25519 }:
            case { Kind: KeyKind.Ec, Curve: "prime256v1" or "secp384r1" or "secp521r1" }:
                return true;
            case { Kind: KeyKind.Rsa }:
                _problems.Error(_keyAt, _keyKey, $"the key has {key.Bits} bits; an RSA key needs {MinRsaBits}");
                return false;
            default:
                _problems.Error(_keyAt, _keyKey, $"a key of this type ({key.Description}) is not supported: EC (P-256, P-384, P-521), RSA from {MinRsaBits} bits and Ed25519 are");
                return false;
        }
    }

    private bool Belongs(ChainFacts chain, byte[] chainPem, KeyFacts key, byte[] keyPem)
    {
        KeyMatch match = CertificateInspector.Match(chainPem, keyPem);
        if (match.First)
            return true;

        if (match.Index > 0)
        {
            _problems.Error(
                _chainAt, _chainKey,
                $"the key belongs to certificate {match.Index} of {Quoted.Escape(_settings.Chain)}: the server's own certificate must be the first, then its issuer, and so on");
            return false;
        }

        string how = chain.Key.Description == key.Description ? ", of the same type but another" : "";
        _problems.Error(
            _keyAt, _keyKey,
            $"the key does not belong to the certificate: {Quoted.Escape(_settings.Key)} holds a key ({key.Description}){how}, {Quoted.Escape(_settings.Chain)} a certificate for a key ({chain.Key.Description})");
        return false;
    }

    private void WarnOfChain(ChainFacts chain, DateTimeOffset now)
    {
        if (chain.NotAfter < now)
            _problems.Warning(_chainAt, _chainKey, $"the certificate expired on {Date(chain.NotAfter)}: clients refuse it");
        else if (chain.NotBefore > now)
            _problems.Warning(_chainAt, _chainKey, $"the certificate is not valid before {Date(chain.NotBefore)}: clients refuse it until then");
        else if (chain.NotAfter - now < SoonExpired)
            _problems.Warning(_chainAt, _chainKey, $"the certificate expires on {Date(chain.NotAfter)}, in {InDays(chain.NotAfter - now)}");

        if (chain.DnsNames.IsEmpty)
            _problems.Warning(_chainAt, _chainKey, "the certificate has no DNS name in its subjectAltName: clients check subjectAltName only (RFC 9525), and it is never chosen by SNI");

        if (chain.BrokenAfter > 0)
        {
            _problems.Warning(
                _chainAt, _chainKey,
                $"the chain is not in order: certificate {chain.BrokenAfter + 1} did not issue certificate {chain.BrokenAfter}; some clients will not find their way to the root");
        }
    }

    private void WarnOfKeyFile()
    {
        if (KeyFile.IsReadByEverybody(_settings.Key))
            _problems.Warning(_keyAt, _keyKey, $"every user of this machine can read {Quoted.Escape(_settings.Key)}: chmod o-r it");
    }

    private static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string InDays(TimeSpan span) => (int)span.TotalDays switch
    {
        0 => "less than a day",
        1 => "1 day",
        int days => $"{days} days",
    };
}
