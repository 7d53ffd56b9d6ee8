using System.Collections.Immutable;
using System.Globalization;

namespace Postern.Policy.Dane;

/// <summary>RFC 6698 §2.1.1, with the names of RFC 7218.</summary>
public enum TlsaUsage
{
    PkixTa = 0,
    PkixEe = 1,
    DaneTa = 2,
    DaneEe = 3,
}

/// <summary>RFC 6698 §2.1.2.</summary>
public enum TlsaSelector
{
    /// <summary>The whole certificate.</summary>
    Cert = 0,

    /// <summary>Its SubjectPublicKeyInfo.</summary>
    Spki = 1,
}

/// <summary>RFC 6698 §2.1.3.</summary>
public enum TlsaMatching
{
    /// <summary>The thing itself, no digest of it.</summary>
    Full = 0,
    Sha256 = 1,
    Sha512 = 2,
}

/// <summary>
/// A TLSA record as it was published (RFC 6698 §2.1): any numbers, any data. Whether it is of use, <see cref="TlsaUse"/> says.
/// </summary>
public sealed record TlsaRecord(TlsaUsage Usage, TlsaSelector Selector, TlsaMatching Matching, ImmutableArray<byte> Data)
{
    private const int FixedLength = 3;

    /// <param name="rdata">RDATA as it is on the wire.</param>
    /// <returns>Null when it is too short to have its three numbers. Without data it is a record still: one of no use.</returns>
    public static TlsaRecord? Read(ReadOnlySpan<byte> rdata) => rdata.Length < FixedLength
        ? null
        : new TlsaRecord((TlsaUsage)rdata[0], (TlsaSelector)rdata[1], (TlsaMatching)rdata[2], [.. rdata[FixedLength..]]);

    /// <summary>RDATA again.</summary>
    public byte[] ToWire() => [(byte)Usage, (byte)Selector, (byte)Matching, .. Data];

    public bool Equals(TlsaRecord? other) =>
        other is not null && Usage == other.Usage && Selector == other.Selector && Matching == other.Matching
        && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(((int)Usage << 16) | ((int)Selector << 8) | (int)Matching);
        hash.AddBytes(Data.AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>As RFC 6698 §2.2 and reports (RFC 8460 §4.5) have it: <c>3 1 1 e3b0…</c></summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)Usage} {(int)Selector} {(int)Matching} {Convert.ToHexStringLower(Data.AsSpan())}");
}
