using Postern.Cli.Demo;

namespace Postern.Cli.Tests;

/// <summary>A directory for one test, with a certificate in it.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("postern-cli-").FullName;

    public Folder() => DemoCertificate.Write(Path).Dispose();

    public string At(string file) => System.IO.Path.Combine(Path, file);

    public string Write(string file, string text)
    {
        File.WriteAllText(At(file), text);
        return At(file);
    }

    /// <summary>A configuration with one gate, which nothing is wrong with.</summary>
    public string Configuration(string gate = "", string backend = "127.0.0.1:9", string protocol = "imap") => Write("postern.toml", $"""
        [server]
        user = "nobody"
        key-user = "daemon"
        control = "control.sock"
        hostname = "gate.example"
        [certificate.demo]
        chain = "chain.pem"
        key = "key.pem"

        [[gate]]
        name = "one"
        protocol = "{protocol}"
        listen = ["unix:{At("gate.sock")}"]
        tls = "implicit"
        certificate = ["demo"]
        backend = "{backend}"
        {gate}
        """);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
