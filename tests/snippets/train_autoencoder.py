import torch
import torch.nn as nn
import torch.nn.functional as F


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


torch.manual_seed(0)
clean = (torch.rand(16, 1, 8, 8) > 0.8).float()
clean = F.max_pool2d(clean, 3, stride=1, padding=1)
model = AutoEncoder()
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3)
losses = []
for _ in range(25):
    noisy = torch.clamp(clean + 0.2 * torch.randn_like(clean), 0.0, 1.0)
    loss = F.mse_loss(model(noisy), clean)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(model.encoder(clean).shape, losses[0], losses[-1], losses[-1] < losses[0])
