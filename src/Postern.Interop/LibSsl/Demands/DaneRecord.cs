using System.Collections.Immutable;

namespace Postern.Interop.LibSsl.Demands;

/// <summary>
/// A TLSA record (RFC 6698 §2.1) that OpenSSL can match a chain with. <see cref="TlsClient.Take"/> makes them and nobody else, so
/// that a demand cannot be built of records of no use.
/// </summary>
public sealed class DaneRecord
{
    internal DaneRecord(byte usage, byte selector, byte matching, ImmutableArray<byte> data) =>
        (Usage, Selector, Matching, Data) = (usage, selector, matching, data);

    public byte Usage { get; }

    public byte Selector { get; }

    public byte Matching { get; }

    public ImmutableArray<byte> Data { get; }
}

/// <summary>Which record a server's chain matched, for the log.</summary>
/// <param name="Data">Of the record, as it was published.</param>
/// <param name="Depth">0 is the server's own certificate. A bare key that is in no certificate has the depth of the one that it signed.</param>
public readonly record struct DaneMatch(byte Usage, byte Selector, byte Matching, ImmutableArray<byte> Data, int Depth)
{
    public override string ToString() => $"TLSA {Usage} {Selector} {Matching} at depth {Depth}";
}
