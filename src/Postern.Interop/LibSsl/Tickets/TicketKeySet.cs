using System.Security.Cryptography;

namespace Postern.Interop.LibSsl.Tickets;

/// <summary>The keys of one slice, in memory that the collector does not copy about; wiped when they are of no use any more.</summary>
public sealed class TicketKeySet(long slice)
{
    public const int NameLength = 16;
    public const int Size = NameLength + (2 * KeyLength);

    private const int KeyLength = 32;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Size, pinned: true);

    public long Slice { get; } = slice;

    /// <summary>All of it, to be filled.</summary>
    internal Span<byte> Bytes => _bytes;

    /// <summary>By which a ticket says whose it is; no secret.</summary>
    internal ReadOnlySpan<byte> Name => _bytes.AsSpan(0, NameLength);

    internal ReadOnlySpan<byte> Cipher => _bytes.AsSpan(NameLength, KeyLength);

    internal ReadOnlySpan<byte> Mac => _bytes.AsSpan(NameLength + KeyLength, KeyLength);

    /// <summary>Nothing is to be sealed with them any more.</summary>
    internal bool IsWiped { get; private set; }

    internal void Wipe()
    {
        IsWiped = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }
}
