using System.Collections.Immutable;
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

    private const int NidSubjectAltName = 85;
    private const int GenDns = 2;

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
            || !TryReadTime(LibCrypto.X509_get0_notBefore(leaf), out DateTimeOffset notBefore)
            || !TryReadTime(LibCrypto.X509_get0_notAfter(leaf), out DateTimeOffset notAfter))
        {
            problem = PemProblem.Malformed;
            LibCrypto.Pem.ERR_clear_error();
            return null;
        }

        var facts = new ChainFacts
        {
            Count = chain.Count,
            Key = KeyReader.Describe(publicKey),
            DnsNames = ReadDnsNames(leaf),
            NotBefore = notBefore,
            NotAfter = notAfter,
            BrokenAfter = FirstBreak(chain),
        };
        LibCrypto.Pem.ERR_clear_error();
        return facts;
    }

    /// <summary>Counts the certificates of a file of authorities.</summary>
    public static int CountCertificates(ReadOnlySpan<byte> pem, out PemProblem problem)
    {
        using CertificateStack stack = CertificateStack.Read(pem, out problem);
        return stack.Count;
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

    private static bool TryReadTime(nint time, out DateTimeOffset read)
    {
        read = default;
        nint epoch = LibCrypto.ASN1_TIME_set(0, 0);
        int days = 0;
        int seconds = 0;
        bool known = time != 0 && epoch != 0 && LibCrypto.ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
        LibCrypto.ASN1_TIME_free(epoch);
        if (!known)
            return false;

        // ASN.1 knows years from 0000 to 9999, and so does DateTimeOffset from 0001 on.
        TimeSpan since = TimeSpan.FromDays(days) + TimeSpan.FromSeconds(seconds);
        if (since < DateTimeOffset.MinValue - Epoch || since > DateTimeOffset.MaxValue - Epoch)
            return false;

        read = Epoch + since;
        return true;
    }

    private static ImmutableArray<string> ReadDnsNames(nint leaf)
    {
        nint names = LibCrypto.X509_get_ext_d2i(leaf, NidSubjectAltName, null, null);
        if (names == 0)
            return [];

        var found = ImmutableArray.CreateBuilder<string>();
        for (int i = 0; i < LibCrypto.OPENSSL_sk_num(names); i++)
        {
            int type;
            nint value = LibCrypto.GENERAL_NAME_get0_value(LibCrypto.OPENSSL_sk_value(names, i), &type);
            if (type == GenDns && ReadName(value) is { } name && !found.Contains(name))
                found.Add(name);
        }

        LibCrypto.GENERAL_NAMES_free(names);
        return found.ToImmutable();
    }

    /// <summary>A name with anything but the letters of a host name (a NUL, CVE-2009-2408) is no name.</summary>
    private static string? ReadName(nint value)
    {
        var bytes = new ReadOnlySpan<byte>(LibCrypto.ASN1_STRING_get0_data(value), LibCrypto.ASN1_STRING_length(value));
        foreach (byte letter in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'-' or (byte)'.' or (byte)'_' or (byte)'*'))
                return null;
        }

        return bytes.IsEmpty ? null : Encoding.ASCII.GetString(bytes).ToLowerInvariant();
    }
}
