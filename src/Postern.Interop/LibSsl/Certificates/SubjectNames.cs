using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace Postern.Interop.LibSsl.Certificates;

/// <summary>Whom a certificate is for: the subjectAltName (RFC 9525 §2: a common name is no name).</summary>
internal static unsafe class SubjectNames
{
    private const int NidSubjectAltName = 85;
    private const int GeneralDns = 2;
    private const int GeneralAddress = 7;

    /// <summary>DNS names in lower case as they stand there, and addresses; each once.</summary>
    public static (ImmutableArray<string> DnsNames, ImmutableArray<IPAddress> Addresses) Read(nint certificate)
    {
        nint names = LibCrypto.X509_get_ext_d2i(certificate, NidSubjectAltName, null, null);
        if (names == 0)
            return ([], []);

        var dnsNames = ImmutableArray.CreateBuilder<string>();
        var addresses = ImmutableArray.CreateBuilder<IPAddress>();
        for (int i = 0; i < LibCrypto.OPENSSL_sk_num(names); i++)
        {
            int type;
            nint value = LibCrypto.GENERAL_NAME_get0_value(LibCrypto.OPENSSL_sk_value(names, i), &type);
            if (type == GeneralDns && ReadDnsName(value) is { } name && !dnsNames.Contains(name))
                dnsNames.Add(name);
            if (type == GeneralAddress && ReadAddress(value) is { } address && !addresses.Contains(address))
                addresses.Add(address);
        }

        LibCrypto.GENERAL_NAMES_free(names);
        return (dnsNames.ToImmutable(), addresses.ToImmutable());
    }

    /// <summary>A name with anything but the letters of a host name (a NUL, CVE-2009-2408) is no name.</summary>
    private static string? ReadDnsName(nint value)
    {
        ReadOnlySpan<byte> bytes = Bytes(value);
        foreach (byte letter in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'-' or (byte)'.' or (byte)'_' or (byte)'*'))
                return null;
        }

        return bytes.IsEmpty ? null : Encoding.ASCII.GetString(bytes).ToLowerInvariant();
    }

    private static IPAddress? ReadAddress(nint value)
    {
        ReadOnlySpan<byte> bytes = Bytes(value);
        return bytes.Length is 4 or 16 ? new IPAddress(bytes) : null;
    }

    private static ReadOnlySpan<byte> Bytes(nint value) => new(LibCrypto.ASN1_STRING_get0_data(value), LibCrypto.ASN1_STRING_length(value));
}
