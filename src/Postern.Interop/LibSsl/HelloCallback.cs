using System.Runtime.InteropServices;
using System.Text;
using Postern.Interop.LibSsl.Handshake;

namespace Postern.Interop.LibSsl;

/// <summary>
/// Runs when the ClientHello is in and nothing is decided yet: chooses certificates and route by SNI, before a ticket
/// is looked at, so that a session of one route cannot resume on another.
/// </summary>
internal static unsafe class HelloCallback
{
    private const int Success = 1;
    private const int Error = 0;
    private const int AlertInternalError = 80;
    private const int AlertUnrecognizedName = 112;

    /// <summary>RFC 1035 §2.3.4: 255 octets of name.</summary>
    private const int MaxName = 255;

    [UnmanagedCallersOnly]
    public static int Run(nint ssl, int* alert, void* argument)
    {
        try
        {
            var server = (TlsServer)GCHandle.FromIntPtr((nint)argument).Target!;
            TlsChannel channel = TlsChannel.InHandshake!;
            byte* data;
            nuint length;
            bool named = NativeLibSsl.SSL_client_hello_get0_ext(ssl, (uint)ExtensionType.ServerName, &data, &length) == 1;
            ServerNameChoice choice = Choose(server, channel, named ? new ReadOnlySpan<byte>(data, (int)length) : []);
            if (choice.CertificateSet < 0)
            {
                *alert = AlertUnrecognizedName;
                return Error;
            }

            nint context = server.Context(choice.CertificateSet);
            if (context != server.FirstContext)
                _ = NativeLibSsl.SSL_set_SSL_CTX(ssl, context);

            // Asked now: once a ticket is being written, OpenSSL knows no way back but to end the handshake.
            if (server.Tickets(choice.Route)?.ToSeal(DateTimeOffset.UtcNow.ToUnixTimeSeconds()) is null)
                TlsServer.WithoutTicket(ssl);
            return Success;
        }
#pragma warning disable CA1031 // No exception may cross into C.
        catch (Exception)
#pragma warning restore CA1031
        {
            *alert = AlertInternalError;
            return Error;
        }
    }

    /// <summary>Chooses by the name in this extension, or by whom the client asked for before TLS, and tells the channel.</summary>
    public static ServerNameChoice Choose(TlsServer server, TlsChannel channel, ReadOnlySpan<byte> extension)
    {
        Span<char> name = stackalloc char[MaxName];
        name = name[..ReadName(extension, name)];
        ServerNameChoice choice = server.Settings.ServerNames.Choose(name.IsEmpty ? channel.AskedFor : name);
        channel.Chosen(name.IsEmpty ? null : name.ToString(), choice);
        return choice;
    }

    /// <summary>
    /// RFC 6066 §3: a list length, then entries of type, length and name. Reads the first host_name; anything that is
    /// not printable ASCII counts as no name. Lower case, without a closing dot.
    /// </summary>
    private static int ReadName(ReadOnlySpan<byte> extension, Span<char> name)
    {
        if (extension.Length is < 5 or > 4096)
            return 0;

        int nameLength = (extension[3] << 8) | extension[4];
        if (extension[2] != 0 || nameLength > extension.Length - 5 || nameLength > name.Length)
            return 0;

        ReadOnlySpan<byte> bytes = extension.Slice(5, nameLength);
        if (bytes.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
            return 0;
        if (bytes.EndsWith("."u8))
            bytes = bytes[..^1];

        _ = Ascii.ToLower(bytes, name, out int written);
        return written;
    }
}
