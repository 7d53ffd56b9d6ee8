using System.Diagnostics;
using System.Text;
using Postern.Interop.LibSsl;
using Xunit;

namespace Postern.Engine.Tests.Dane;

/// <summary><c>openssl s_server</c> with a chain of the table, and <c>openssl s_client</c> against it.</summary>
internal sealed class OpenSslServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly string _directory = Directory.CreateTempSubdirectory("postern-dane-").FullName;
    private readonly Process _server;
    private readonly string _address;

    public OpenSslServer(string[] shown)
    {
        TlsCertificate certificate = CaseTable.Instance.Server(shown);
        string key = Write("key.pem", certificate.KeyPem);
        string own = Write("own.pem", CaseTable.Instance.Server([shown[0]]).ChainPem);
        string chain = Write("chain.pem", certificate.ChainPem[CaseTable.Instance.Server([shown[0]]).ChainPem.Length..]);
        string[] issuers = shown.Length > 1 ? ["-cert_chain", chain] : [];
        _server = Start(["s_server", "-accept", "127.0.0.1:0", "-cert", own, "-key", key, "-no-CAfile", "-no-CApath", "-no-CAstore", .. issuers]);

        // "ACCEPT 127.0.0.1:41234": the port that the kernel chose.
        var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && text.StartsWith("ACCEPT ", StringComparison.Ordinal))
                ready.TrySetResult(text["ACCEPT ".Length..]);
        };
        _server.ErrorDataReceived += (_, _) =>
        {
            // Read, so that it never waits to be.
        };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        Assert.True(ready.Task.Wait(s_patience), "openssl s_server does not listen");
        _address = ready.Task.GetAwaiter().GetResult();
    }

    /// <summary>What <c>s_client</c> says of the chain.</summary>
    /// <param name="records">TLSA records in the form of RFC 6698 §2.2.</param>
    public string Ask(string name, IEnumerable<string> records)
    {
        string trust = Write("trust.pem", Encoding.ASCII.GetBytes(CaseTable.Instance.Certificate("webroot").Certificate.ExportCertificatePem()));
        using Process client = Start(
        [
            "s_client", "-brief", "-connect", _address, "-CAfile", trust, "-verify_return_error", "-dane_ee_no_namechecks", "-dane_tlsa_domain", name,
            .. records.SelectMany(record => new[] { "-dane_tlsa_rrdata", record }),
        ]);
        client.StandardInput.Close();
        string said = client.StandardError.ReadToEnd() + client.StandardOutput.ReadToEnd();
        client.WaitForExit();
        return said;
    }

    public void Dispose()
    {
        _server.Kill();
        _server.WaitForExit();
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo("openssl", arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    })!;

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
