using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace Postern.Interop.LibSsl.Certificates;

/// <summary>
/// Looks at certificates and keys with the eyes of the library that will use them. Pure questions: nothing is kept,
/// every native object dies here, and OpenSSL's error queue is left empty.
/// </summary>
public static unsafe class CertificateInspector
{
    /// <summary>Chains have two to five certificates; a bundle of authorities has a few hundred.</summary>
    public const int MaxCertificates = 1024;

    private const int NidCommonName = 13;

    /// <summary>RFC 5280, appendix A.1, has ub-common-name = 64 characters.</summary>
    private const int MaxCommonName = 256;

    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    /// <summary>Reads a chain, leaf first; null and the problem when there is none to be had.</summary>
    public static ChainFacts? ReadChain(ReadOnlySpan<byte> pem, out PemProblem problem)
    {
        using CertificateStack chain = CertificateStack.Read(pem, out problem);
        if (problem != PemProblem.None)
            return null;

        nint leaf = chain[0];
        nint publicKey = LibCrypto.X509_get0_pubkey(leaf);
        if (publicKey == 0
            || ReadTime(LibCrypto.X509_get0_notBefore(leaf)) is not { } notBefore
            || ReadTime(LibCrypto.X509_get0_notAfter(leaf)) is not { } notAfter)
        {
            problem = PemProblem.Malformed;
            LibCrypto.Pem.ERR_clear_error();
            return null;
        }

        var facts = new ChainFacts
        {
            Count = chain.Count,
            Key = KeyReader.Describe(publicKey),
            DnsNames = SubjectNames.Read(leaf).DnsNames,
            NotBefore = notBefore,
            NotAfter = notAfter,
            BrokenAfter = FirstBreak(chain),
        };
        LibCrypto.Pem.ERR_clear_error();
        return facts;
    }

    /// <summary>Reads a file of authorities, in its order; empty when there is a problem.</summary>
    public static ImmutableArray<AuthorityFacts> ReadAuthorities(ReadOnlySpan<byte> pem, out PemProblem problem)
    {
        using CertificateStack stack = CertificateStack.Read(pem, out problem);
        var facts = ImmutableArray.CreateBuilder<AuthorityFacts>(stack.Count);
        for (int i = 0; i < stack.Count && problem == PemProblem.None; i++)
        {
            facts.Add(new AuthorityFacts(
                CommonName(NativeLibCrypto.X509_get_subject_name(stack[i])),
                ReadTime(LibCrypto.X509_get0_notBefore(stack[i])),
                ReadTime(LibCrypto.X509_get0_notAfter(stack[i]))));
        }

        LibCrypto.Pem.ERR_clear_error();
        return facts.ToImmutable();
    }

    /// <summary>The key in this file is under a passphrase.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> pem) => KeyReader.IsEncrypted(pem);

    /// <summary>Reads a private key, under this passphrase if it is under one; null and the problem when there is none to be had.</summary>
    public static KeyFacts? ReadKey(ReadOnlySpan<byte> pem, ReadOnlySpan<byte> passphrase, out PemProblem problem)
    {
        nint key = KeyReader.Read(pem, passphrase, out problem);
        if (key == 0)
            return null;

        KeyFacts facts = KeyReader.Describe(key);
        LibCrypto.EVP_PKEY_free(key);
        LibCrypto.Pem.ERR_clear_error();
        return facts;
    }

    /// <summary>Finds the certificate that a private key belongs to. Both must have been read well before.</summary>
    public static KeyMatch Match(ReadOnlySpan<byte> chainPem, ReadOnlySpan<byte> keyPem, ReadOnlySpan<byte> passphrase)
    {
        using CertificateStack chain = CertificateStack.Read(chainPem, out _);
        nint key = KeyReader.Read(keyPem, passphrase, out _);
        if (key == 0)
            return default;

        var match = default(KeyMatch);
        for (int i = 0; i < chain.Count && match.Index == 0; i++)
        {
            if (LibCrypto.X509_check_private_key(chain[i], key) == 1)
                match = new KeyMatch(i == 0, i + 1);
        }

        LibCrypto.EVP_PKEY_free(key);
        LibCrypto.Pem.ERR_clear_error();
        return match;
    }

    private static int FirstBreak(CertificateStack chain)
    {
        for (int i = 0; i + 1 < chain.Count; i++)
        {
            if (LibCrypto.X509_check_issued(chain[i + 1], chain[i]) != 0)
                return i + 1;
        }

        return 0;
    }

    /// <summary>What a server showed.</summary>
    /// <param name="chain">A stack of certificates, not empty, the server's own first.</param>
    internal static ShownCertificate Describe(nint chain)
    {
        nint leaf = LibCrypto.OPENSSL_sk_value(chain, 0);
        byte[] pin = new byte[TlsClientSettings.PinLength];
        (ImmutableArray<string> dnsNames, ImmutableArray<IPAddress> addresses) = SubjectNames.Read(leaf);
        var facts = new ShownCertificate
        {
            DnsNames = dnsNames,
            Addresses = addresses,
            NotBefore = ReadTime(LibCrypto.X509_get0_notBefore(leaf)),
            NotAfter = ReadTime(LibCrypto.X509_get0_notAfter(leaf)),
            Subject = CommonName(NativeLibCrypto.X509_get_subject_name(leaf)),
            Issuer = CommonName(NativeLibCrypto.X509_get_issuer_name(leaf)),
            IsSelfSigned = LibCrypto.X509_check_issued(leaf, leaf) == 0,
            Count = LibCrypto.OPENSSL_sk_num(chain),
            Pin = PublicKeyPin.TryCompute(leaf, pin) ? pin : [],
        };
        LibCrypto.Pem.ERR_clear_error();
        return facts;
    }

    private static string CommonName(nint name)
    {
        byte* text = stackalloc byte[MaxCommonName];
        int length = NativeLibCrypto.X509_NAME_get_text_by_NID(name, NidCommonName, text, MaxCommonName);
        return length > 0 ? Encoding.UTF8.GetString(text, length) : "";
    }

    /// <summary>Null for a time that is malformed, or that nobody means.</summary>
    private static DateTimeOffset? ReadTime(nint time)
    {
        nint epoch = LibCrypto.ASN1_TIME_set(0, 0);
        int days = 0;
        int seconds = 0;
        bool known = time != 0 && epoch != 0 && LibCrypto.ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
        LibCrypto.ASN1_TIME_free(epoch);
        if (!known)
            return null;

        // ASN.1 knows years from 0000 to 9999, and so does DateTimeOffset from 0001 on.
        TimeSpan since = TimeSpan.FromDays(days) + TimeSpan.FromSeconds(seconds);
        return since < DateTimeOffset.MinValue - Epoch || since > DateTimeOffset.MaxValue - Epoch ? null : Epoch + since;
    }
}
