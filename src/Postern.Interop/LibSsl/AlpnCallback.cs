using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl;

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
            var list = new ReadOnlySpan<byte>(offered, (int)offeredLength);
            for (ReadOnlySpan<byte> ours = server.AlpnWire; !ours.IsEmpty; ours = ours[(1 + ours[0])..])
            {
                ReadOnlySpan<byte> name = ours.Slice(1, ours[0]);
                int at = Find(list, name);
                if (at < 0)
                    continue;

                *selected = offered + at;
                *selectedLength = (byte)name.Length;
                TlsChannel.InHandshake?.ChosenAlpn(name);
                return Accepted;
            }

            return server.Settings.StrictAlpn || server.AlpnWire.Length > 0 ? AlertFatal : NotAcknowledged;
        }
#pragma warning disable CA1031 // No exception may cross into C.
        catch (Exception)
#pragma warning restore CA1031
        {
            return AlertFatal;
        }
    }

    /// <summary>Where the name stands in the client's list (OpenSSL has checked its form), or −1.</summary>
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
