using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postern.Configuration;

namespace Postern.Cli.Tests.Live;

/// <summary><c>openssl s_server</c>: refuses client certificates with the alerts that servers have for it.</summary>
internal sealed class OpenSslServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    public OpenSslServer(Folder folder, X509Certificate2 certificate, params string[] arguments)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        string pem = folder.Write("s_server.pem", certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        _process = Process.Start(new ProcessStartInfo("openssl", ["s_server", "-accept", "127.0.0.1:0", "-cert", pem, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

        // "ACCEPT 127.0.0.1:41234": the port that the kernel chose.
        var ready = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && text.StartsWith("ACCEPT ", StringComparison.Ordinal) && int.TryParse(text[(text.LastIndexOf(':') + 1)..], out int port))
                ready.TrySetResult(port);
        };
        _process.ErrorDataReceived += (_, _) =>
        {
            // Read, so that it never waits to be.
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Assert.True(ready.Task.Wait(s_patience), "openssl s_server does not listen");
        Address = new ResolvedAddress { Ip = "127.0.0.1", Port = ready.Task.GetAwaiter().GetResult() };
    }

    public ResolvedAddress Address { get; }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
