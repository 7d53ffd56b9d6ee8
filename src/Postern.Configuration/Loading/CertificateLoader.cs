using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Loading;

/// <summary>Reads the certificates and keys that gates use, and judges them as the TLS library will.</summary>
internal sealed class CertificateLoader
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>What the CA/Browser Forum has forbidden since 2014 and OpenSSL's default security level refuses.</summary>
    private const int MinRsaBits = 2048;

    /// <summary>What the key agent signs with (SigningKey.MaxSignature); more takes a core tens of milliseconds a handshake.</summary>
    private const int MaxRsaBits = 4096;

    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    private readonly CertificateSettings _settings;
    private readonly ProblemList _problems;

    /// <summary>It is shown to backends, as a client's, and to nobody else (BackendCertificateIsItsOwn).</summary>
    private readonly bool _facesBackends;
    private readonly string _chainKey;
    private readonly string _keyKey;
    private readonly Position _chainAt;
    private readonly Position _keyAt;
    private readonly string _passphraseKey;
    private readonly Position _passphraseAt;

    private CertificateLoader(CertificateSettings settings, bool facesBackends, SourceMap source, ProblemList problems)
    {
        _settings = settings;
        _facesBackends = facesBackends;
        _problems = problems;
        _chainKey = $"certificate.{settings.Name}.chain";
        _keyKey = $"certificate.{settings.Name}.key";
        _chainAt = source.Find(_chainKey);
        _keyAt = source.Find(_keyKey);
        _passphraseKey = $"certificate.{settings.Name}.key-passphrase-credential";
        _passphraseAt = source.Find(_passphraseKey);
    }

    /// <summary>The certificates that some gate uses; those with an error are left out, and the error is said.</summary>
    public static ImmutableArray<LoadedCertificate> LoadUsed(PosternSettings settings, ProblemList problems, DateTimeOffset now)
    {
        HashSet<string> used = [.. settings.Gates.SelectMany(gate => gate.Certificates.Concat(gate.Routes.SelectMany(route => route.Certificates)))];
        HashSet<string> shown = [.. settings.Gates.SelectMany(gate => gate.ShownCertificates)];
        used.UnionWith(shown);
        var loaded = ImmutableArray.CreateBuilder<LoadedCertificate>();
        foreach (CertificateSettings certificate in settings.Certificates.Where(each => used.Contains(each.Name)))
        {
            var loader = new CertificateLoader(certificate, shown.Contains(certificate.Name), settings.Source, problems);
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
        byte[]? passphrase = PassphraseLoader.Load(_settings, _passphraseKey, _passphraseAt, _problems);
        KeyFacts? key = keyPem is null || passphrase is null ? null : ReadKey(keyPem, passphrase);
        if (chain is not null)
            WarnOfChain(chain, now);

        if (chain is null || key is null)
            return null;

        bool usable = IsUsable(key);
        if (!Belongs(chain, chainPem!, key, keyPem!, passphrase!) || !usable)
            return null;

        if (passphrase!.Length > 0 && !CertificateInspector.IsEncrypted(keyPem))
            _problems.Warning(_passphraseAt, _passphraseKey, $"has no effect: {Quoted.Escape(_settings.Key)} holds a key without a passphrase");

        OpenToAll.Warn(_settings.Key, _keyAt, _keyKey, _problems);
        return new LoadedCertificate
        {
            Name = _settings.Name,
            ChainPem = chainPem!,
            KeyPem = keyPem!,
            Passphrase = CertificateInspector.IsEncrypted(keyPem) ? passphrase : [],
            DnsNames = chain.DnsNames,
            NotBefore = chain.NotBefore,
            NotAfter = chain.NotAfter,
            KeyKind = key.Kind,
            KeyBits = key.Bits,
        };
    }

    /// <summary>Of such a key the certificate has to say everything; whether it is the right one shows when it signs.</summary>
    private LoadedCertificate? LoadOnToken(PosternSettings settings, DateTimeOffset now)
    {
        byte[]? chainPem = Read(_settings.Chain, _chainAt, _chainKey);
        ChainFacts? chain = chainPem is null ? null : ReadChain(chainPem);
        if (chain is not null)
            WarnOfChain(chain, now);

        TokenKey? token = new TokenKeyLoader(_settings, settings, _problems).Load();
        if (chain is null || !IsUsable(chain.Key) || token is null)
            return null;

        if (_settings.KeyPassphraseCredential is not null)
            _problems.Warning(_passphraseAt, _passphraseKey, "has no effect: the key is on a token, whose PIN pin-source= names");
        return new LoadedCertificate
        {
            Name = _settings.Name,
            ChainPem = chainPem!,
            KeyPem = [],
            Token = token,
            IsOnToken = true,
            DnsNames = chain.DnsNames,
            NotBefore = chain.NotBefore,
            NotAfter = chain.NotAfter,
            KeyKind = chain.Key.Kind,
            KeyBits = chain.Key.Bits,
        };
    }

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

    private KeyFacts? ReadKey(byte[] pem, byte[] passphrase)
    {
        KeyFacts? key = CertificateInspector.ReadKey(pem, passphrase, out PemProblem problem);
        if (key is null)
        {
            string path = Quoted.Escape(_settings.Key);
            _problems.Error(_keyAt, _keyKey, $"{path} " + problem switch
            {
                PemProblem.NotPem => "is not a PEM file: it has no line \"-----BEGIN PRIVATE KEY-----\" (a DER file is converted by: openssl pkey -inform DER)",
                PemProblem.NothingInIt => "holds no private key: it has no line \"-----BEGIN PRIVATE KEY-----\"",
                PemProblem.Encrypted => $"holds a key under a passphrase: write key-passphrase-credential = \"NAME\" beside it, and LoadCredential=NAME:FILE in the unit of posternd",
                PemProblem.WrongPassphrase => $"cannot be read with the passphrase of the credential {Quoted.Word(_settings.KeyPassphraseCredential ?? "")}: the passphrase is another one, or the file is damaged",
                _ => "holds a private key that cannot be read: the file is damaged",
            });
        }

        return key;
    }

    private bool IsUsable(KeyFacts key)
    {
        switch (key)
        {
            case { Kind: KeyKind.Rsa, Bits: >= MinRsaBits and <= MaxRsaBits }:
            case { Kind: KeyKind.Ed25519 }:
            case { Kind: KeyKind.Ec, Curve: "prime256v1" or "secp384r1" or "secp521r1" }:
                return true;
            case { Kind: KeyKind.Rsa, Bits: > MaxRsaBits }:
                _problems.Error(_keyAt, _keyKey, $"the key has {key.Bits} bits; RSA keys of more than {MaxRsaBits} are not supported");
                return false;
            case { Kind: KeyKind.Rsa }:
                _problems.Error(_keyAt, _keyKey, $"the key has {key.Bits} bits; an RSA key needs {MinRsaBits}");
                return false;
            default:
                _problems.Error(_keyAt, _keyKey, $"a key of this type ({key.Description}) is not supported: EC (P-256, P-384, P-521), RSA from {MinRsaBits} bits and Ed25519 are");
                return false;
        }
    }

    private bool Belongs(ChainFacts chain, byte[] chainPem, KeyFacts key, byte[] keyPem, byte[] passphrase)
    {
        KeyMatch match = CertificateInspector.Match(chainPem, keyPem, passphrase);
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
        string peers = _facesBackends ? "backends" : "clients";
        if (chain.NotAfter < now)
            _problems.Warning(_chainAt, _chainKey, $"the certificate expired on {DateText.Write(chain.NotAfter)}: {peers} refuse it");
        else if (chain.NotBefore > now)
            _problems.Warning(_chainAt, _chainKey, $"the certificate is not valid before {DateText.Write(chain.NotBefore)}: {peers} refuse it until then");
        else if (chain.NotAfter - now < SoonExpired)
            _problems.Warning(_chainAt, _chainKey, $"the certificate expires on {DateText.Write(chain.NotAfter)}, in {InDays(chain.NotAfter - now)}");

        // How a client is called is between it and the server: no name of a host is looked for.
        if (chain.DnsNames.IsEmpty && !_facesBackends)
            _problems.Warning(_chainAt, _chainKey, "the certificate has no DNS name in its subjectAltName: clients check subjectAltName only (RFC 9525), and it is never chosen by SNI");

        if (chain.BrokenAfter > 0)
        {
            _problems.Warning(
                _chainAt, _chainKey,
                $"the chain is not in order: certificate {chain.BrokenAfter + 1} did not issue certificate {chain.BrokenAfter}; some {peers} will not find their way to the root");
        }
    }

    private static string InDays(TimeSpan span) => (int)span.TotalDays switch
    {
        0 => "less than a day",
        1 => "1 day",
        int days => $"{days} days",
    };
}
