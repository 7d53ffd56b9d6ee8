using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Postern.Policy.Dane;

/// <summary>Whether a record is usable (RFC 7672 §2.2, §3.1; RFC 7671 §4), and if not, why.</summary>
public enum TlsaFault
{
    None,

    /// <summary>PKIX-TA and PKIX-EE: RFC 7672 §3.1.3, a client of SMTP treats them as unusable.</summary>
    NotForSmtp,
    UnknownUsage,
    UnknownSelector,
    UnknownMatching,

    /// <summary>A digest has not the length of its kind.</summary>
    WrongLength,

    /// <summary>What ought to be a certificate or a key is not even one piece of DER.</summary>
    NotDer,

    /// <summary>Longer than <see cref="TlsaUse.MaxData"/>.</summary>
    TooLong,
}

/// <summary>Chooses among the records of an RRset those that a connection is to be matched with.</summary>
public static class TlsaUse
{
    /// <summary>A certificate of RSA 4096 with many names has 8 KiB. OpenSSL need not be asked about more.</summary>
    public const int MaxData = 32 * 1024;

    /// <summary>Of the usable records. A rollover needs two of each kind; what is more makes a handshake slow, and is left out.</summary>
    public const int MaxRecords = 64;

    /// <param name="record">As it was published.</param>
    /// <param name="smtp">SMTP knows usages 2 and 3 only; what goes by SRV knows all four (RFC 7673 §3.4).</param>
    public static TlsaFault Check(TlsaRecord record, bool smtp) => record switch
    {
        { Usage: < TlsaUsage.PkixTa or > TlsaUsage.DaneEe } => TlsaFault.UnknownUsage,
        { Usage: TlsaUsage.PkixTa or TlsaUsage.PkixEe } when smtp => TlsaFault.NotForSmtp,
        { Selector: not (TlsaSelector.Cert or TlsaSelector.Spki) } => TlsaFault.UnknownSelector,
        { Data.Length: > MaxData } => TlsaFault.TooLong,
        { Matching: TlsaMatching.Sha256, Data.Length: SHA256.HashSizeInBytes } => TlsaFault.None,
        { Matching: TlsaMatching.Sha512, Data.Length: SHA512.HashSizeInBytes } => TlsaFault.None,
        { Matching: TlsaMatching.Sha256 or TlsaMatching.Sha512 } => TlsaFault.WrongLength,
        { Matching: TlsaMatching.Full } => IsOneSequence(record.Data.AsSpan()) ? TlsaFault.None : TlsaFault.NotDer,
        _ => TlsaFault.UnknownMatching,
    };

    /// <summary>
    /// Any one of the result is enough (RFC 6698 §2.1): that is what lets the old and the new key stand side by side while they
    /// are rolled over. The strongest digest alone counts for each usage and selector (RFC 7671 §9), and it is looked for among
    /// usable records only: a broken SHA-512 must not push out a good SHA-256.
    /// </summary>
    public static ImmutableArray<TlsaRecord> Usable(ImmutableArray<TlsaRecord> records, bool smtp)
    {
        TlsaRecord[] good = [.. records.Where(record => Check(record, smtp) == TlsaFault.None).Distinct()];
        return [.. good.Where(record => record.Matching == TlsaMatching.Full || !good.Any(other => IsStronger(other, record))).Take(MaxRecords)];
    }

    private static bool IsStronger(TlsaRecord one, TlsaRecord other) =>
        one.Usage == other.Usage && one.Selector == other.Selector && one.Matching > other.Matching;

    /// <summary>
    /// Certificates and keys are a SEQUENCE that ends where the data ends (X.690 §8.9). OpenSSL reads the rest, and may still
    /// refuse the record (<see cref="DaneCase.Refused"/>).
    /// </summary>
    private static bool IsOneSequence(ReadOnlySpan<byte> data)
    {
        const byte Sequence = 0x30;
        const int LongForm = 0x80;
        if (data.Length < 2 || data[0] != Sequence)
            return false;
        if (data[1] < LongForm)
            return data.Length == 2 + data[1];

        int octets = data[1] - LongForm;
        if (octets is < 1 or > 3 || data.Length < 2 + octets)
            return false;
        int length = 0;
        foreach (byte octet in data.Slice(2, octets))
            length = (length << 8) | octet;
        return data.Length == 2 + octets + length;
    }
}
