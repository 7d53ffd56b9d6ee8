using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

/// <summary>What a client hears that has offered application protocols.</summary>
internal enum AlpnAnswer
{
    Accepted,

    /// <summary>Nothing: this gate has no protocol by name, and is not strict.</summary>
    Ignored,

    /// <summary>no_application_protocol.</summary>
    Refused,
}

/// <summary>
/// Chooses the application protocol. A client that says what it wants to speak, and means something else than this
/// gate, is refused with no_application_protocol (RFC 7301 §3.2): that is what stops ALPACA (S7).
/// </summary>
internal static unsafe class AlpnCallback
{
    private const int Accepted = 0;
    private const int AlertFatal = 2;
    private const int NotAcknowledged = 3;

    [UnmanagedCallersOnly]
    public static int Run(nint ssl, byte** selected, byte* selectedLength, byte* offered, uint offeredLength, void* argument)
    {
        try
        {
            var server = (TlsServer)GCHandle.FromIntPtr((nint)argument).Target!;
            AlpnAnswer answer = Choose(server, new ReadOnlySpan<byte>(offered, (int)offeredLength), out ReadOnlySpan<byte> name);
            if (answer != AlpnAnswer.Accepted)
                return answer == AlpnAnswer.Refused ? AlertFatal : NotAcknowledged;

            // A part of what was offered, which does not move.
            *selected = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name));
            *selectedLength = (byte)name.Length;
            TlsChannel.InHandshake?.ChosenAlpn(name);
            return Accepted;
        }
#pragma warning disable CA1031 // No exception may cross into C.
        catch (Exception)
#pragma warning restore CA1031
        {
            return AlertFatal;
        }
    }

    /// <summary>The first of ours that the client offers.</summary>
    /// <param name="server">The gate's TLS.</param>
    /// <param name="list">A length byte, a name, and so on: well formed.</param>
    /// <param name="name">The one that is accepted, where it stands in the list.</param>
    public static AlpnAnswer Choose(TlsServer server, ReadOnlySpan<byte> list, out ReadOnlySpan<byte> name)
    {
        for (ReadOnlySpan<byte> ours = server.AlpnWire; !ours.IsEmpty; ours = ours[(1 + ours[0])..])
        {
            name = ours.Slice(1, ours[0]);
            int at = Find(list, name);
            if (at < 0)
                continue;

            name = list.Slice(at, name.Length);
            return AlpnAnswer.Accepted;
        }

        name = default;
        return server.Settings.StrictAlpn || server.AlpnWire.Length > 0 ? AlpnAnswer.Refused : AlpnAnswer.Ignored;
    }

    /// <summary>Where the name stands in the client's list (its form has been checked), or −1.</summary>
    private static int Find(ReadOnlySpan<byte> list, ReadOnlySpan<byte> name)
    {
        int at = 0;
        while (at < list.Length && at + 1 + list[at] <= list.Length)
        {
            int length = list[at];
            if (list.Slice(at + 1, length).SequenceEqual(name))
                return at + 1;
            at += 1 + length;
        }

        return -1;
    }
}
