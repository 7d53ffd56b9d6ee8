using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Postern.Configuration;

namespace Postern.Cli.Live;

/// <summary>Whether a backend that does not speak its protocol speaks TLS instead. Nothing is trusted by it or said inside it.</summary>
internal static class TlsPort
{
    public static async Task<bool> Answers(ResolvedAddress address, byte[] header)
    {
        try
        {
            using Socket socket = await BackendConnection.Connect(address);
            await socket.SendAsync(header);
            using var patience = new CancellationTokenSource(BackendConnection.Patience);
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsClientAsync(AnyCertificate(), patience.Token);
            return true;
        }
        catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            return false;
        }
    }

    // What the certificate says does not matter here: the question is whether there is one.
    private static SslClientAuthenticationOptions AnyCertificate() => new()
    {
        TargetHost = "localhost",
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
    };
}
